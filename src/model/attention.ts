import type { Summary } from './figures.ts'
import { totalOf } from './figures.ts'
import type { Run } from './run.ts'
import { lateWithin } from './ticks.ts'
import type { Millis } from './time.ts'

/** Fewer runs than this are no past to be measured against: and the run itself, if it is among them, is not their p95. */
export const enoughRuns = 20

/** One in twenty is above its p95 by its definition; what is told of is so by this factor, and by this much. */
const slowBy = { factor: 1.25, ms: 1000 }

/** A run that takes longer than its job's runs do. Times in ms. */
export interface SlowRun {
  readonly run: Run
  /** So far, or until its end. */
  readonly took: Millis
  readonly p50: Millis
  readonly p95: Millis
  /** How many runs that is of. */
  readonly of: number
}

/** A run that started late for its tick. */
export interface LateRun {
  readonly run: Run
  readonly by: Millis
}

/** Whether a run took much longer than its job's runs do. Pure. @param past of its job */
export function slowRun(run: Run, past: Summary, now: Millis): SlowRun | null {
  const { p50, p95 } = past.duration
  const of = totalOf(past)
  if (run.start_ts === null || p50 === null || p95 === null || of < enoughRuns) return null
  const took = (run.end_ts ?? now) - run.start_ts
  return took > p95 * slowBy.factor && took > p95 + slowBy.ms ? { run, took, p50, p95, of } : null
}

/** Whether a run started more than half a minute after it was due. Pure. */
export function lateRun(run: Run): LateRun | null {
  if (run.schedule_tick === null || run.start_ts === null) return null
  const by = run.start_ts - Math.max(run.scheduled_ts, run.schedule_tick)
  return by > lateWithin ? { run, by } : null
}

/** The worst run of each job, the worst first. Pure. */
export function worstOfEach<T extends { readonly run: Run }>(
  found: readonly T[],
  badness: (one: T) => number,
): readonly T[] {
  const worst = new Map<string, T>()
  for (const one of found) {
    const known = worst.get(one.run.job_id)
    if (known === undefined || badness(one) > badness(known)) worst.set(one.run.job_id, one)
  }
  return [...worst.values()].sort((one, other) => badness(other) - badness(one))
}
