import type { Job } from './job.ts'

/** What lists of jobs can be sorted by. */
export const jobSorts = ['created_at', 'name', 'updated_at', 'next_run_at', 'priority'] as const
export type JobSort = (typeof jobSorts)[number]

/** What a job is sorted by; those of one value follow their ids. Null (no planned tick) comes last, in either direction. */
export type SortValue = string | number | null

/** Name and key in lower case: what `q` looks into, and the order by name, which upper and lower case do not divide. */
export const searchText = ({ name, key }: Pick<Job, 'name' | 'key'>): string => `${name}\n${key ?? ''}`.toLowerCase()

export function sortValue(
  job: Pick<Job, '_id' | 'name' | 'key' | 'priority' | 'updated_at' | 'next_run_at'>,
  by: JobSort,
): SortValue {
  switch (by) {
    case 'created_at':
      // Ids are time-ordered: they are the order of creation.
      return job._id
    case 'name':
      return searchText(job)
    default:
      return job[by]
  }
}
