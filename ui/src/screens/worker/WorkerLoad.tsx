import { useQuery } from '@tanstack/react-query'
import type { RunDocument, WorkerDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { number } from '../../parts/format.ts'
import { useNow } from '../../parts/now.ts'
import { HourChart } from './HourChart.tsx'
import { loadOf, minutes } from './load.ts'

const hour = 3_600_000
/** Runs that are looked at: more in an hour make the older part of the bars lower than it was, and a note says so. */
const most = 2000

/** The slots of a worker that were in use, minute by minute, over the last hour: by the runs that it had. */
export function WorkerLoad({ worker }: { readonly worker: WorkerDocument }) {
  const hydra = useHydra()
  const { worker_id, domain, max_concurrency: slots } = worker
  const { data } = useQuery({
    queryKey: ['running', 'load', domain, worker_id],
    queryFn: async ({ signal }) => {
      const found: Pick<RunDocument, 'start_ts' | 'end_ts'>[] = []
      // A run that began before the hour may have ended within it: the newest first, until they ended before.
      for await (const run of hydra.runs.list({ worker_id, domain, tail: 0, limit: 200 }, signal)) {
        if (found.length >= most || Date.parse(run.created_at) < Date.now() - 24 * hour) break
        if (run.end_ts === null || Date.parse(run.end_ts) > Date.now() - hour) found.push(run)
        else if (Date.parse(run.created_at) < Date.now() - 2 * hour) break
      }
      return found
    },
    staleTime: 5000,
  })
  const now = useNow()
  const load = data === undefined ? [] : loadOf(data, now)
  const average = load.reduce((sum, one) => sum + one, 0) / minutes
  return (
    <HourChart
      title="Slots"
      note={
        <>
          {data !== undefined && `${number(Math.round((average / slots) * 100))} % in use on average`}
          {data?.length === most && ` (by the newest ${number(most)} runs)`}
        </>
      }
      words={`Slots in use, minute by minute: ${average.toFixed(1)} of ${slots} on average`}
      shape={barsOf(load, slots)}
    />
  )
}

/** A bar for each minute, as one shape. */
const barsOf = (load: readonly number[], slots: number): string =>
  load
    .map((used, at) => ({ at, height: Math.min(1, used / slots) * 20 }))
    .filter(({ height }) => height > 0)
    .map(({ at, height }) => `M${at + 0.1} 20V${20 - height}h0.8V20z`)
    .join('')
