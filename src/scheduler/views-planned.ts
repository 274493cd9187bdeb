import { setImmediate } from 'node:timers/promises'
import type { Buckets } from '../model/figures.ts'
import type { Job } from '../model/job.ts'
import { addPlanned } from '../model/planned.ts'
import type { Millis } from '../model/time.ts'

/** Jobs whose ticks are reckoned: those that are planned soonest. */
export const mostPlanned = 1000

/** Jobs that are reckoned in one go. */
const atOnce = 50

export interface Planned {
  readonly counts: readonly number[]
  /** All ticks before it are counted. */
  readonly until: Millis
}

/** Planned ticks by time. @param jobs soonest first @param areAll whether no other job is planned */
export async function plannedView(jobs: readonly Job[], buckets: Buckets, areAll: boolean): Promise<Planned> {
  const counts = Array.from({ length: buckets.count }, () => 0)
  for (let at = 0; at < jobs.length; at += atOnce) {
    for (const job of jobs.slice(at, at + atOnce)) addPlanned(counts, job, buckets)
    await setImmediate()
  }
  // Of a job that is not among them no tick comes before the last one's.
  const known = areAll ? buckets.until : Math.max(buckets.from, jobs.at(-1)?.next_run_at ?? buckets.until)
  const whole = Math.min(buckets.count, Math.floor((known - buckets.from) / buckets.width))
  return { counts: counts.slice(0, whole), until: buckets.from + whole * buckets.width }
}
