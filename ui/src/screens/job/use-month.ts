import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TickDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { bucketFor, type Day } from './month.ts'

/** Rows of the ledger of each kind that are fetched: an unbroken series is one. */
const mostRows = 1000

const none: readonly TickDocument[] = []

/** What is known of a month of a job: what ended, which ticks had no run, and what is planned. */
export function useMonth(jobId: string, days: readonly Day[]) {
  const hydra = useHydra()
  const since = new Date(days[0]?.from ?? 0).toISOString()
  const until = new Date(days.at(-1)?.until ?? 0).toISOString()
  const bucket = bucketFor(days)
  const month = { placeholderData: keepPreviousData, staleTime: 10_000 }
  const stats = useQuery({
    ...month,
    queryKey: ['job', jobId, 'month', since, until],
    queryFn: () => hydra.stats({ since, until, bucket, job_id: jobId }),
  })
  const rows = useQuery({
    ...month,
    queryKey: ['job', jobId, 'month-ticks', since, until],
    queryFn: async ({ signal }) => {
      const without = ['skipped', 'missed'] as const
      const pages = without.map((outcome) =>
        hydra.jobs.ticksPage(jobId, { since, until, outcome, limit: mostRows }, signal),
      )
      return (await Promise.all(pages)).flatMap(({ items }) => items)
    },
  })
  const isAhead = Date.parse(until) > Date.now()
  const planned = useQuery({
    ...month,
    queryKey: ['job', jobId, 'planned', until],
    queryFn: () => hydra.planned({ until, bucket, job_id: jobId }),
    enabled: isAhead,
  })
  return {
    stats: stats.data ?? null,
    planned: isAhead ? (planned.data ?? null) : null,
    rows: rows.data ?? none,
    error: stats.error,
  }
}
