import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { RunDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted } from '../../parts/format.ts'
import { Ago } from '../../parts/Time.tsx'
import { OfJob } from '../jobs/OfJob.tsx'
import { List } from './List.tsx'
import { type Looked, spanKey, spanOf, spanWords } from './span.ts'

/** Failures that are looked at, the newest; jobs that are shown. */
const looksAt = 200
const most = 8
const failing = { status: ['failed', 'timed_out'] } as const

/** Jobs by how often they failed of late. */
export function FailingMost({ looked }: { readonly looked: Looked }) {
  const hydra = useHydra()
  const { data } = useQuery({
    queryKey: ['failures', spanKey(looked)],
    queryFn: ({ signal }) => {
      const span = spanOf(looked, Date.now())
      return hydra.runs.page({ ...failing, ...span, limit: looksAt, tail: 0 }, signal)
    },
    placeholderData: keepPreviousData,
  })
  const isAll = data?.cursor === null
  // Of the last ones alone: those of a job begin where the oldest of all of them does.
  const since = isAll ? spanOf(looked, Date.now()).since : data?.items.at(-1)?.created_at
  const rows =
    data &&
    byJob(data.items).map(({ last, count }) => ({
      key: last.job_id,
      row: (
        <>
          <Link to="/jobs/$jobId" params={{ jobId: last.job_id }}>
            {last.job_name}
          </Link>
          <span className="dim">
            <Link to="/runs" search={{ ...failing, job_id: last.job_id, since, until: looked.chosen?.until }}>
              {counted(count, 'time')}
            </Link>
            ,{' '}
            <Link to="/runs/$runId" params={{ runId: last._id }}>
              <OfJob jobId={last.job_id}>
                <Ago at={last.end_ts ?? last.created_at} />
              </OfJob>
            </Link>
          </span>
        </>
      ),
    }))
  return (
    <List
      title={isAll || data === undefined ? 'Failing most' : `Failing most, of the last ${looksAt}`}
      rows={rows ?? null}
      none={`Nothing failed ${spanWords(looked)}.`}
    />
  )
}

/** @param runs newest first */
function byJob(runs: readonly RunDocument[]): readonly { readonly last: RunDocument; readonly count: number }[] {
  const jobs = new Map<string, { last: RunDocument; count: number }>()
  for (const run of runs) {
    const known = jobs.get(run.job_id) ?? { last: run, count: 0 }
    known.count += 1
    jobs.set(run.job_id, known)
  }
  return [...jobs.values()].sort((one, other) => other.count - one.count).slice(0, most)
}
