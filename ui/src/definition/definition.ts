import type { JobDocument, VersionDocument } from '../../../src/client/index.ts'

/** What a user defines of a job, every field. */
export type Definition = VersionDocument['definition']

/** A job without what the server alone sets. */
export function definitionOf(job: JobDocument): Definition {
  const { _id, domain, version, created_at, updated_at, schedule, ...rest } = job
  const { next_run_at, ...planned } = schedule
  return { ...rest, schedule: planned }
}
