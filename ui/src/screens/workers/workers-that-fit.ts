import type { WorkerDocument } from '../../../../src/client/index.ts'
import type { WorkerCondition } from './worker-condition.ts'
import { conditionOf } from './worker-state.ts'

/** What the grid is narrowed by. */
export interface WorkerFilter {
  readonly q?: string | undefined
  readonly state?: WorkerCondition | undefined
  readonly tag?: string | undefined
  readonly queue?: string | undefined
}

/** The workers that fit: they are few enough to be all here. Pure. */
export function workersThatFit(
  workers: readonly WorkerDocument[],
  { q = '', state, tag, queue }: WorkerFilter,
): readonly WorkerDocument[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return workers.filter((worker) => {
    if (state !== undefined && conditionOf(worker) !== state) return false
    if (tag !== undefined && !worker.tags.includes(tag)) return false
    if (queue !== undefined && !worker.queues.includes(queue)) return false
    const { worker_id, domain, hostname, ip, os, tags, queues, capabilities, version } = worker
    const text = [worker_id, domain, hostname, ip, os, version, ...tags, ...queues, ...capabilities]
      .join(' ')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
