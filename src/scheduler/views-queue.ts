import type { Job } from '../model/job.ts'
import { classKey } from '../model/placement.ts'
import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Waiting } from '../ports/broker.ts'
import { holdSentence, waitSentence, waitsSince } from './explain.ts'
import type { WorkerView } from './views-workers.ts'

/** What waits and what is planned. */
export interface QueueView {
  readonly pending: readonly PendingRow[]
  readonly upcoming: readonly Job[]
}

export interface PendingRow {
  readonly job_id: string
  readonly run_id: string
  readonly name: string
  readonly priority: number
  readonly queue: string
  readonly user: string
  readonly reason: string
  readonly domain: string
  /** Since when it waits. */
  readonly since: Millis
}

export interface QueueFacts {
  /** In the order of dispatch. */
  readonly waiting: readonly Waiting[]
  /** What the store says is pending or retrying, oldest first. */
  readonly stored: readonly Run[]
  readonly upcoming: readonly Job[]
  readonly workers: readonly WorkerView[]
  readonly now: Millis
  readonly limit: number
}

/** The queue as it is shown: first what can be given out, in that order, then what is held or not due. Pure. */
export function queueView({ waiting, stored, upcoming, workers, now, limit }: QueueFacts): QueueView {
  const reasons = new Map<string, string>()
  const reasonOf = ({ domain, need }: Waiting): string => {
    // Runs of one class fit the same workers, so they share their reason.
    const key = classKey(domain, need)
    const known = reasons.get(key)
    if (known !== undefined) return known
    const theirs = workers.filter(({ card }) => card.domain === domain)
    const reason = waitSentence(need, domain, theirs, null)
    reasons.set(key, reason)
    return reason
  }
  const ended = new Map(stored.map((run) => [run._id, waitsSince(run, now)]))
  const queued = waiting.map((one): PendingRow => {
    const { job_id, run_id, name, priority, domain, need, scheduled_ts } = one
    const since = ended.get(run_id) ?? Math.min(scheduled_ts, now)
    return { job_id, run_id, name, priority, queue: need.queue, user: need.user, reason: reasonOf(one), domain, since }
  })
  const shown = new Set(waiting.map(({ run_id }) => run_id))
  const others = stored.filter((run) => !shown.has(run._id)).map((run): PendingRow => rowOf(run, now))
  return { pending: [...queued, ...others].slice(0, limit), upcoming }
}

function rowOf(run: Run, now: Millis): PendingRow {
  const { job_id, _id: run_id, job_name: name, priority, queue, user, domain } = run
  return {
    job_id,
    run_id,
    name,
    priority,
    queue,
    user,
    reason: holdSentence(run, now) ?? 'It is being given to a worker.',
    domain,
    since: waitsSince(run, now),
  }
}
