import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Presence } from '../ports/broker.ts'

/** A worker as it is shown. */
export interface WorkerView {
  readonly card: WorkerCard
  readonly state: WorkerState
  readonly status: 'online' | 'offline'
  readonly heartbeat: Millis
  readonly running: Presence['running']
}

/** The workers that the broker knows, by domain and id. Pure. @param heartbeatTtl for a worker that has no lease of its own */
export function workerViews(presences: readonly Presence[], now: Millis, heartbeatTtl: Millis): readonly WorkerView[] {
  return presences
    .map(({ card, state, heartbeat, running }): WorkerView => {
      const silent = now - heartbeat > (card.ttl ?? heartbeatTtl)
      return { card, state, status: silent ? 'offline' : 'online', heartbeat, running }
    })
    .sort((one, other) => order(one.card.domain, other.card.domain) || order(one.card.worker_id, other.card.worker_id))
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

export const onlineOnly = ({ status }: WorkerView): boolean => status === 'online'

/** A slot is free for new work. */
export const hasFreeSlot = ({ card, running }: WorkerView): boolean => running.length < card.max_concurrency
