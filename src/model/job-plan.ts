import { type Job, type JobDefinition, type JobVersion, mainSchedule, scheduleOf } from './job.ts'
import { nextTick, type Schedule, samePlan } from './schedule.ts'
import { overtaken } from './ticks.ts'
import type { Millis } from './time.ts'

/** A job as it is first stored, and its first version. */
export function newJob(
  id: string,
  { home, actor }: { readonly home: string; readonly actor: string },
  definition: JobDefinition,
  now: Millis,
): { job: Job; version: JobVersion } {
  const { schedule, ...rest } = definition
  const next = nextTick(schedule, now, now - 1)
  const job: Job = {
    _id: id,
    domain: home,
    ...rest,
    schedules: [{ ...closed(schedule, next), id: mainSchedule }],
    next_run_at: next,
    // `immediate` is a schedule of one tick, the moment of creation.
    last_tick: schedule.mode === 'immediate' && schedule.enabled ? now : null,
    last_skip: null,
    due: null,
    effects: [],
    version: 1,
    rev: 1,
    created_at: now,
    updated_at: now,
    updated_by: actor,
    deleted_at: null,
    retry: null,
    limits: null,
  }
  return { job, version: { job_id: id, version: 1, definition, created_at: now, actor } }
}

/** A plan without a tick left is not enabled any more. */
const closed = (schedule: Schedule, next: Millis | null): Schedule =>
  schedule.mode === 'immediate' || next !== null ? schedule : { ...schedule, enabled: false }

export type Plan = Pick<Job, 'schedules' | 'next_run_at' | 'due' | 'last_tick' | 'last_skip'>

/**
 * The plan under a schedule: kept where it does not really differ, else from now on, and never again at or before a decided
 * tick. Ticks of the old one that are due by then have no run any more, and are in the ledger.
 */
export function replanned(job: Job, schedule: Schedule, now: Millis): Plan {
  const { due, last_tick, last_skip } = job
  if (samePlan(scheduleOf(job), schedule))
    return { schedules: [{ ...schedule, id: mainSchedule }], next_run_at: job.next_run_at, due, last_tick, last_skip }
  const decided = overtaken(job, now) ?? { due, last_tick, last_skip }
  const next = nextTick(schedule, job.created_at, Math.max(now, decided.last_tick ?? 0))
  return { schedules: [{ ...closed(schedule, next), id: mainSchedule }], next_run_at: next, ...decided }
}
