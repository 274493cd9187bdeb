import type { EnqueueReason, HydraEvent } from '../model/event.ts'
import type { Job } from '../model/job.ts'
import { isFinal, type Run } from '../model/run.ts'
import type { Skip } from '../model/skip.ts'
import type { Millis } from '../model/time.ts'
import { iso } from '../model/time.ts'

/** The events of the wire contract, made from the documents they speak of. Pure. */

/** Left out where there is none: a run that ended in the queue never had a worker. */
const ofWorker = (worker_id: string | null | undefined) => (worker_id ? { worker_id } : {})

const ofRun = (run: Run) => ({ domain: run.domain, job_id: run.job_id, run_id: run._id })

export const jobSubmitted = (job: Job, nextRunAt: Millis | null, ts: Millis): HydraEvent => ({
  type: 'job_submitted',
  domain: job.domain,
  ts,
  payload: {
    domain: job.domain,
    job_id: job._id,
    name: job.name,
    user: job.user,
    schedule_mode: job.schedules[0].mode,
    next_run_at: nextRunAt === null ? null : iso(nextRunAt),
  },
})

export const jobChanged = (type: 'job_updated' | 'job_deleted', job: Job, ts: Millis): HydraEvent => ({
  type,
  domain: job.domain,
  ts,
  payload: { domain: job.domain, job_id: job._id, name: job.name, version: job.version },
})

export const jobEnqueued = (run: Run, reason: EnqueueReason, ts: Millis): HydraEvent => ({
  type: 'job_enqueued',
  domain: run.domain,
  ts,
  payload: { ...ofRun(run), reason, priority: run.priority },
})

export const jobScheduled = (job: Job, run: Run, ts: Millis): HydraEvent => ({
  type: 'job_scheduled',
  domain: job.domain,
  ts,
  payload: {
    ...ofRun(run),
    mode: job.schedules[0].mode,
    schedule_tick: run.schedule_tick === null ? null : iso(run.schedule_tick),
    next_run_at: job.next_run_at === null ? null : iso(job.next_run_at),
  },
})

export const manualRun = (run: Run, ts: Millis): HydraEvent => ({
  type: 'job_manual_run',
  domain: run.domain,
  ts,
  payload: ofRun(run),
})

export const jobPending = (run: Run, detail: string, ts: Millis): HydraEvent => ({
  type: 'job_pending',
  domain: run.domain,
  ts,
  payload: { ...ofRun(run), reason: 'no_worker', detail },
})

export const jobDispatched = (run: Run, ts: Millis): HydraEvent => ({
  type: 'job_dispatched',
  domain: run.domain,
  ts,
  payload: { ...ofRun(run), ...ofWorker(run.worker_id), slot: run.slot },
})

export const jobRequeued = (run: Run, reason: string, ts: Millis): HydraEvent => ({
  type: 'job_requeued',
  domain: run.domain,
  ts,
  payload: { ...ofRun(run), reason },
})

/** The row of the ledger as it stands now; `schedule_tick` is the last tick in it. */
export const tickSkipped = ({ domain, job_id, from, to, count, reason, of }: Skip, ts: Millis): HydraEvent => ({
  type: 'tick_skipped',
  domain,
  ts,
  payload: { domain, job_id, schedule_tick: iso(to), reason, of, from: iso(from), count },
})

export const workerEvent = (
  type: 'worker_online' | 'worker_offline' | 'worker_state',
  domain: string,
  worker_id: string,
  ts: Millis,
  more: Readonly<Record<string, unknown>> = {},
): HydraEvent => ({ type, domain, ts, payload: { domain, worker_id, ...more } })

/** What a change of a run is told as: its start, the end of an attempt, its end, its return to the queue. In order. */
export function runEvents(before: Run, after: Run, ts: Millis): readonly HydraEvent[] {
  const told: HydraEvent[] = []
  const base = { domain: after.domain, ts }
  const worker = ofWorker(after.attempts.at(-1)?.worker_id ?? after.worker_id)
  const [was, is] = [before.attempts.at(-1), after.attempts.at(-1)]
  const isNew = is !== undefined && is.attempt !== was?.attempt
  if (isNew && is.outcome !== 'not_spawned' && is.start_ts !== null)
    told.push({ ...base, type: 'run_started', payload: { ...ofRun(after), ...worker, attempt: is.attempt } })
  if (is !== undefined && is.outcome !== null && (isNew || was?.outcome === null)) {
    const next_at = isFinal(after) ? null : iso(after.not_before)
    told.push({
      ...base,
      type: 'attempt_finished',
      payload: { ...ofRun(after), ...worker, attempt: is.attempt, outcome: is.outcome, reason: is.reason, next_at },
    })
  }
  if (after.status === 'pending' && before.status !== 'pending')
    told.push(jobRequeued(after, is?.reason ?? 'taken back', ts))
  if (isFinal(after) && !isFinal(before)) {
    const { attempt, status, returncode, completion_reason } = after
    told.push({
      ...base,
      type: 'run_finished',
      payload: { ...ofRun(after), ...worker, attempt, status, returncode, completion_reason },
    })
  }
  return told
}
