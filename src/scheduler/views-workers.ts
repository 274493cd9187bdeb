import type { Session, WorkerCard, WorkerRecord, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Presence, Stranger } from '../ports/broker.ts'

/** A worker as it is shown. */
export interface WorkerView {
  readonly card: WorkerCard
  readonly state: WorkerState
  readonly status: 'online' | 'offline'
  readonly heartbeat: Millis
  readonly running: Presence['running']
}

/** A worker as it is listed: also one that gets no work because it speaks another protocol. */
export interface ListedWorker extends Omit<WorkerView, 'state'> {
  readonly state: WorkerState | 'incompatible'
}

/** All that is listed, by domain and id; of a silent stranger for a day. Pure. @param ttl after which one is shown as offline */
export function listedWorkers(
  workers: readonly WorkerView[],
  strangers: readonly Stranger[],
  now: Millis,
  ttl: Millis,
): readonly ListedWorker[] {
  const theirs = strangers
    .filter(({ heartbeat }) => now - heartbeat <= silentListedFor)
    .map(
      ({ card, heartbeat }): ListedWorker => ({
        card,
        state: 'incompatible',
        status: now - heartbeat >= ttl ? 'offline' : 'online',
        heartbeat,
        running: [],
      }),
    )
  return [...workers, ...theirs].sort(byName)
}

/** The workers that the broker knows, by domain and id. Pure. @param heartbeatTtl for a worker that has no lease of its own */
export function workerViews(presences: readonly Presence[], now: Millis, heartbeatTtl: Millis): readonly WorkerView[] {
  return presences
    .map(({ card, state, heartbeat, running }): WorkerView => {
      const silent = now - heartbeat >= (card.ttl ?? heartbeatTtl)
      return { card, state, status: silent ? 'offline' : 'online', heartbeat, running }
    })
    .sort(byName)
}

/** A worker that was judged lost is shown as offline for so long. */
export const silentListedFor: Millis = 24 * 3_600_000

/**
 * Lost workers that have not come back, each once, as they were. Pure.
 * @param lost newest first
 */
export function silentPresences(
  here: readonly Presence[],
  lost: readonly Session[],
  records: readonly WorkerRecord[],
): readonly Presence[] {
  const keyOf = (domain: string, workerId: string): string => JSON.stringify([domain, workerId])
  const shown = new Set(here.map(({ card }) => keyOf(card.domain, card.worker_id)))
  const states = new Map(records.map(({ domain, worker_id, state }) => [keyOf(domain, worker_id), state]))
  return lost.flatMap((session): Presence[] => {
    const key = keyOf(session.domain, session.worker_id)
    if (shown.has(key) || session.followed) return []
    shown.add(key)
    // The verdict came a TTL after the last sign of life.
    const heartbeat = (session.ended_at ?? 0) - (session.ttl ?? 0)
    return [{ card: session, session: session._id, state: states.get(key) ?? 'online', heartbeat, running: [] }]
  })
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const byName = ({ card: one }: Pick<WorkerView, 'card'>, { card: other }: Pick<WorkerView, 'card'>): number =>
  order(one.domain, other.domain) || order(one.worker_id, other.worker_id)

export const onlineOnly = ({ status }: WorkerView): boolean => status === 'online'

/** A slot is free for new work. */
export const hasFreeSlot = ({ card, running }: WorkerView): boolean => running.length < card.max_concurrency
