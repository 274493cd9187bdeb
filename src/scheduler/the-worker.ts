import { HydraError, notFound } from '../model/errors.ts'
import type { WorkerRecord } from '../model/session.ts'
import type { Store } from '../ports/store.ts'
import type { Scope } from './scope.ts'

/** The worker that is meant by an id. @throws NOT_FOUND; CONFLICT where several domains have one */
export async function theWorker(store: Pick<Store, 'workers'>, scope: Scope, id: string): Promise<WorkerRecord> {
  const theirs = (await store.workers.records(scope.domain)).filter((record) => record.worker_id === id)
  const [record, ...others] = theirs
  if (!record) throw notFound('worker', id)
  if (others.length === 0) return record
  throw new HydraError(
    'CONFLICT',
    `Several domains have a worker ${id}: ${theirs.map((one) => one.domain).join(', ')}; name one with ?domain=.`,
  )
}
