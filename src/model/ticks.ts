import type { Job } from './job.ts'
import { scheduleOf } from './job.ts'
import { nextTick, ticksUntil } from './schedule.ts'
import type { Skip } from './skip.ts'
import type { Millis } from './time.ts'

/** A tick decided later than this after its time was missed; up to it, it is late and runs like any other. */
export const lateWithin: Millis = 30_000

/** `run_once` runs the newest missed tick only if it is younger than this. */
export const catchUpWithin: Millis = 24 * 3_600_000

/** What a tick came to. */
export interface TickDecision {
  readonly before: Job
  readonly after: Job
  readonly tick: Millis
  readonly run_id: string | null
}

/**
 * Decides the job's planned tick: a run, or a skip and why. Pure; the caller writes `after` by compare-and-set on the
 * job's `rev`, so of any number of deciders one wins. Source: design, "Schedules".
 * @param live an earlier run of this job that is not final, or null
 * @param runId the id that the run would get
 */
export function decideTick(job: Job, now: Millis, live: string | null, runId: string): TickDecision | null {
  const planned = job.next_run_at
  if (planned === null || planned > now || job.due !== null || job.deleted_at !== null) return null
  const schedule = scheduleOf(job)
  const missed = now - planned > lateWithin ? ticksUntil(schedule, planned, now - lateWithin - 1) : null
  const tick = missed?.to ?? planned
  const tooOld = missed !== null && (schedule.misfire === 'skip' || now - tick > catchUpWithin)
  const inTheWay = schedule.overlap === 'skip' ? live : null

  let skip: Skip | null = null
  if (missed !== null && tooOld)
    skip = extended(job, { ...missed, outcome: 'missed', reason: 'missed while no scheduler was running', of: null })
  else if (missed !== null && missed.beforeLast !== null)
    skip = extended(job, {
      from: planned,
      to: missed.beforeLast,
      count: missed.count - 1,
      outcome: 'missed',
      reason: 'missed while no scheduler was running',
      of: null,
    })
  // Of a missed series whose newest tick meets a live run, all ticks stand in the one record: none of them ran.
  if (!tooOld && inTheWay !== null)
    skip = extended(job, {
      from: planned,
      to: tick,
      count: missed?.count ?? 1,
      outcome: missed ? 'missed' : 'skipped',
      reason: 'an earlier run was not final',
      of: inTheWay,
    })

  const run_id = tooOld || inTheWay !== null ? null : runId
  const next = nextTick(schedule, job.created_at, tick)
  const [stored] = job.schedules
  const after: Job = {
    ...job,
    schedules: [next === null ? { ...stored, enabled: false } : stored],
    next_run_at: next,
    last_tick: tick,
    last_skip: skip ?? (run_id === null ? job.last_skip : null),
    due: { tick, run_id, job_version: job.version, skip },
    rev: job.rev + 1,
  }
  return { before: job, after, tick, run_id }
}

/** The row that these ticks stand in: the job's open series if it goes on for the same cause, else a new one. */
function extended(job: Job, series: Pick<Skip, 'from' | 'to' | 'count' | 'outcome' | 'reason' | 'of'>): Skip {
  const open = job.last_skip
  const goesOn =
    open !== null &&
    open.to === job.last_tick &&
    open.reason === series.reason &&
    open.of === series.of &&
    open.outcome === series.outcome
  if (goesOn) return { ...open, to: series.to, count: open.count + series.count }
  return {
    _id: `${job._id}:${series.from}`,
    job_id: job._id,
    domain: job.domain,
    from: series.from,
    to: series.to,
    count: series.count,
    outcome: series.outcome,
    reason: series.reason,
    of: series.of,
  }
}
