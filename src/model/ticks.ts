import type { Job } from './job.ts'
import { scheduleOf } from './job.ts'
import { type LiveRuns, obstacleTo } from './overlap.ts'
import { newestTicks, nextTick, type Schedule, type TickSeries, ticksUntil } from './schedule.ts'
import type { Skip } from './skip.ts'
import type { Millis } from './time.ts'

/** A tick decided later than this after its time was missed; up to it, it is late and runs like any other. */
export const lateWithin: Millis = 30_000

/** `run_once` runs the newest missed tick only if it is younger than this. */
export const catchUpWithin: Millis = 24 * 3_600_000

/** `run_all` runs so many missed ticks, the newest; those before them stand in one record. */
export const mostCaughtUp = 100

/** What a tick came to. */
export interface TickDecision {
  readonly before: Job
  readonly after: Job
  readonly tick: Millis
  readonly run_id: string | null
}

type Series = Pick<Skip, 'from' | 'to' | 'count'>
type Cause = Pick<Skip, 'outcome' | 'reason' | 'of'>

/** The tick whose turn it is, all ticks that share its fate if it has no run, and those before it that get none. */
interface Turn {
  /** Null: none of them runs. */
  readonly tick: Millis | null
  readonly all: Series
  readonly passed: Series | null
  readonly isMissed: boolean
}

const unattended: Cause = { outcome: 'missed', reason: 'missed while no scheduler was running', of: null }
const changed = { reason: 'the schedule was changed before this tick was decided', of: null }

/**
 * Decides the job's planned tick: a run, or a skip and why. Pure; the caller writes `after` by compare-and-set on the
 * job's `rev`, so of any number of deciders one wins. Source: design, "Schedules".
 * @param live what of this job's earlier runs is not final, or null
 * @param runId the id that the run would get
 */
export function decideTick(job: Job, now: Millis, live: LiveRuns | null, runId: string): TickDecision | null {
  const planned = job.next_run_at
  if (planned === null || planned > now || job.due !== null || job.deleted_at !== null) return null
  const schedule = scheduleOf(job)
  const { tick, all, passed, isMissed } = turnOf(schedule, planned, now)
  if (tick === null) return decided(job, schedule, { tick: all.to, skip: extended(job, all, unattended), run_id: null })
  const obstacle = obstacleTo(schedule.overlap, live)
  if (obstacle === null) {
    const skip = passed && extended(job, passed, unattended)
    return decided(job, schedule, { tick, skip, run_id: runId })
  }
  // Of missed ticks that meet a live run, all stand in the one record: none of them ran.
  const skip = extended(job, all, { outcome: isMissed ? 'missed' : 'skipped', ...obstacle })
  return decided(job, schedule, { tick: all.to, skip, run_id: null })
}

function turnOf(schedule: Schedule, planned: Millis, now: Millis): Turn {
  if (now - planned <= lateWithin)
    return { tick: planned, all: { from: planned, to: planned, count: 1 }, passed: null, isMissed: false }
  const all = ticksUntil(schedule, planned, now - lateWithin - 1)
  const missed = { all, isMissed: true }
  switch (schedule.misfire) {
    case 'skip':
      return { ...missed, tick: null, passed: null }
    case 'run_once':
      return { ...missed, tick: now - all.to > catchUpWithin ? null : all.to, passed: allButLast(all) }
    case 'run_all': {
      if (all.count <= mostCaughtUp) return { ...missed, tick: planned, passed: null }
      const { first, before } = newestTicks(schedule, all, mostCaughtUp)
      return { ...missed, tick: first, passed: { from: planned, to: before, count: all.count - mostCaughtUp } }
    }
  }
}

const allButLast = ({ from, beforeLast, count }: TickSeries): Series | null =>
  beforeLast === null ? null : { from, to: beforeLast, count: count - 1 }

function decided(
  job: Job,
  schedule: Schedule,
  { tick, skip, run_id }: { tick: Millis; skip: Skip | null; run_id: string | null },
): TickDecision {
  const next = nextTick(schedule, job.created_at, tick)
  const [stored] = job.schedules
  const after: Job = {
    ...job,
    schedules: [next === null ? { ...stored, enabled: false } : stored],
    next_run_at: next,
    last_tick: tick,
    last_skip: skip,
    due: { tick, run_id, job_version: job.version, skip },
    rev: job.rev + 1,
  }
  return { before: job, after, tick, run_id }
}

/**
 * Ticks that are due, and that an edit of the schedule comes before: none of them may run once the edit is answered, so
 * the edit's own write puts them into the ledger. Null where there are none.
 */
export function overtaken(job: Job, now: Millis): Pick<Job, 'due' | 'last_tick' | 'last_skip'> | null {
  const planned = job.next_run_at
  if (planned === null || planned > now) return null
  const all = ticksUntil(scheduleOf(job), planned, now)
  const outcome = now - planned > lateWithin ? 'missed' : 'skipped'
  const skip = extended(job, all, { outcome, ...changed })
  return { due: { tick: all.to, run_id: null, job_version: job.version, skip }, last_tick: all.to, last_skip: skip }
}

/** The row that these ticks stand in: the job's open series if it goes on for the same cause, else a new one. */
function extended(job: Job, { from, to, count }: Series, cause: Cause): Skip {
  const open = job.last_skip
  const goesOn =
    open !== null &&
    open.to === job.last_tick &&
    open.reason === cause.reason &&
    open.of === cause.of &&
    open.outcome === cause.outcome
  if (goesOn) return { ...open, to, count: open.count + count }
  return { _id: `${job._id}:${from}`, job_id: job._id, domain: job.domain, from, to, count, ...cause }
}
