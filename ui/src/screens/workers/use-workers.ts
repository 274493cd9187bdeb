import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { RunDocument, WorkerDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'

/** Rows of a request for what runs: all slots of a few hundred workers. */
const page = 1000

/** What tells workers of several domains apart. */
export const workerKey = ({ domain, worker_id }: Pick<WorkerDocument, 'domain' | 'worker_id'>): string =>
  `${domain}/${worker_id}`

/** All workers, in one request; events keep them fresh, and a look now and then their signs of life. */
export function useWorkers(): UseQueryResult<readonly WorkerDocument[]> {
  const hydra = useHydra()
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => Array.fromAsync(hydra.workers.list({}, signal)),
    refetchInterval: 10_000,
  })
}

/** A run in a slot. */
export type Occupant = Pick<RunDocument, '_id' | 'job_name' | 'slot' | 'start_ts' | 'status'>

/** What has a slot, by its worker: one request for all. A worker's entry stays the same object while nothing in it changed. */
export function useOccupants(): Readonly<Record<string, readonly Occupant[]>> {
  const hydra = useHydra()
  const { data = {} } = useQuery({
    queryKey: ['running', 'slots'],
    queryFn: async ({ signal }) => {
      const runs = hydra.runs.list({ status: ['running', 'dispatched'], tail: 0, limit: page }, signal)
      const byWorker: Record<string, Occupant[]> = {}
      for await (const { _id, job_name, slot, start_ts, status, domain, worker_id } of runs) {
        if (worker_id === null) continue
        const key = workerKey({ domain, worker_id })
        const theirs = byWorker[key] ?? []
        byWorker[key] = theirs
        theirs.push({ _id, job_name, slot, start_ts, status })
      }
      return byWorker
    },
  })
  return data
}

/** A slot of a worker, and the run in it; null: free. */
interface Slot {
  readonly number: number
  readonly run: Occupant | null
}

/** The cells of a worker. A run that has no number yet takes the first free one. Pure. */
export function slotsOf(count: number, occupants: readonly Occupant[]): readonly Slot[] {
  const runs = Array.from({ length: Math.max(count, occupants.length) }, (): Occupant | null => null)
  for (const one of occupants) if (one.slot !== null && runs[one.slot] === null) runs[one.slot] = one
  for (const one of occupants) if (!runs.includes(one)) runs[runs.indexOf(null)] = one
  return runs.map((run, number) => ({ number, run }))
}
