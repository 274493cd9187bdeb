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

/** Jobs by how often they failed of late. */
export function FailingMost({ looked }: { readonly looked: Looked }) {
  const hydra = useHydra()
  const { data } = useQuery({
    queryKey: ['failures', spanKey(looked)],
    queryFn: ({ signal }) => {
      const span = spanOf(looked, Date.now())
      return hydra.runs.page({ status: ['failed', 'timed_out'], ...span, limit: looksAt, tail: 0 }, signal)
    },
    placeholderData: keepPreviousData,
  })
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
            {counted(count, 'time')},{' '}
            <Link to="/runs/$runId" params={{ runId: last._id }}>
              <OfJob jobId={last.job_id}>
                <Ago at={last.end_ts ?? last.created_at} />
              </OfJob>
            </Link>
          </span>
        </>
      ),
    }))
  const isAll = data?.cursor === null
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
