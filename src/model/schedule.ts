import { z } from 'zod'
import { countCron, cronFault, lastCron, longestCron, nextCron } from './cron.ts'
import { flagOr, nameOr, nameOrNull, timeOrNull, wholeOr, wholeOrNull, wordOr } from './fields.ts'
import type { Millis } from './time.ts'
import { isZone } from './zone.ts'

export const scheduleModes = ['immediate', 'interval', 'cron'] as const
export const overlaps = ['skip', 'allow', 'queue', 'replace'] as const
export const misfires = ['run_once', 'skip', 'run_all'] as const

/** The fields that mean something in each mode; the others are dropped before anything is checked. */
const modeFields = {
  immediate: [],
  interval: ['interval_seconds', 'start_at', 'end_at', 'overlap', 'misfire', 'jitter_seconds'],
  cron: ['cron', 'start_at', 'end_at', 'overlap', 'misfire', 'jitter_seconds'],
} as const satisfies Record<(typeof scheduleModes)[number], readonly string[]>

const anyMode = ['mode', 'timezone', 'enabled']

function ofItsMode(value: unknown): unknown {
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) return value
  const given = Object.entries(value)
  const mode =
    scheduleModes.find((name) => name === (Object.hasOwn(value, 'mode') ? Reflect.get(value, 'mode') : '')) ??
    'immediate'
  const known: readonly string[] = [...anyMode, ...modeFields[mode]]
  return Object.fromEntries(given.filter(([name]) => known.includes(name)))
}

/** What is wrong with the cron line of a schedule; null where nothing is, or where it has none to look at. */
function faultOfCron(given: unknown): string | null {
  if (typeof given !== 'object' || given === null || !('mode' in given) || given.mode !== 'cron') return null
  const line = 'cron' in given ? given.cron : null
  return typeof line === 'string' ? cronFault(line) : 'is required for a cron schedule'
}

/** When a job runs. Source: the wire contract, "Job definition" and "Schedules". Times are milliseconds, UTC. */
export const Schedule = z.preprocess(
  ofItsMode,
  z
    .object(
      {
        mode: wordOr(scheduleModes, 'immediate'),
        cron: nameOrNull(longestCron),
        interval_seconds: wholeOrNull(1, 315_360_000),
        start_at: timeOrNull(),
        end_at: timeOrNull(),
        timezone: nameOr('UTC', 100).refine(isZone, { error: 'is not a time zone of the IANA database' }),
        enabled: flagOr(true),
        overlap: wordOr(overlaps, 'skip'),
        misfire: wordOr(misfires, 'run_once'),
        jitter_seconds: wholeOr(0, 86_400, 0),
      },
      { error: 'must be an object' },
    )
    // `when`: zod leaves an object's own rules out once one of its fields has a wrong type; every fault is to be listed.
    .refine((given) => given.mode !== 'interval' || (given.interval_seconds ?? null) !== null, {
      path: ['interval_seconds'],
      error: 'is required for an interval',
      when: ({ issues }) => !issues.some((issue) => issue.path?.at(0) === 'interval_seconds'),
    })
    .refine((given) => faultOfCron(given) === null, {
      path: ['cron'],
      error: ({ input }) => faultOfCron(input) ?? 'is not a cron line',
      when: ({ issues }) => !issues.some(({ path }) => path?.at(0) === 'cron'),
    })
    .refine(
      ({ mode, interval_seconds, jitter_seconds }) =>
        mode !== 'interval' || typeof interval_seconds !== 'number' || jitter_seconds < interval_seconds,
      {
        path: ['jitter_seconds'],
        error: 'must be below interval_seconds',
        when: ({ issues }) => !issues.some(({ path }) => /^(?:interval|jitter)_/.test(String(path?.at(0)))),
      },
    )
    .refine(
      (given) =>
        typeof given.start_at !== 'number' || typeof given.end_at !== 'number' || given.start_at <= given.end_at,
      {
        path: ['end_at'],
        error: 'must not be before start_at',
        when: ({ issues }) =>
          !issues.some((issue) => issue.path?.at(0) === 'start_at' || issue.path?.at(0) === 'end_at'),
      },
    ),
)
export type Schedule = z.infer<typeof Schedule>

/**
 * The first tick after a moment, or null when none is left. Pure; strictly increasing.
 * An interval's ticks are start + n × interval; cron's are not before `start_at`; `immediate` has none after the moment
 * of creation.
 * @param anchor the interval's start where the schedule names none: the moment the job was created
 * @param after ms since the epoch; the tick is later than this
 */
export function nextTick(schedule: Schedule, anchor: Millis, after: Millis): Millis | null {
  if (!schedule.enabled) return null
  const tick = plannedAfter(schedule, anchor, after)
  return tick === null || (schedule.end_at !== null && tick > schedule.end_at) ? null : tick
}

function plannedAfter(schedule: Schedule, anchor: Millis, after: Millis): Millis | null {
  const { mode, start_at, interval_seconds, cron, timezone } = schedule
  if (mode === 'cron') {
    // A tick is a whole second: the first that is not before the start comes after the second before it.
    const start = Math.ceil((start_at ?? 0) / 1000) * 1000 - 1000
    return cron === null ? null : nextCron(cron, timezone, Math.max(after, start))
  }
  if (mode !== 'interval' || interval_seconds === null) return null
  const step = interval_seconds * 1000
  const start = start_at ?? anchor
  return after < start ? start : start + (Math.floor((after - start) / step) + 1) * step
}

/** A run of ticks, `from` and `to` included: their count, the last of them, and the last but one. */
export interface TickSeries {
  readonly from: Millis
  readonly to: Millis
  readonly beforeLast: Millis | null
  readonly count: number
}

/** How many ticks there are from one of them on, that one included, and before a moment after it. Pure; reckoned, not walked. */
export function countTicks(schedule: Schedule, from: Millis, before: Millis): number {
  const last = schedule.end_at === null ? before - 1 : Math.min(before - 1, schedule.end_at)
  if (schedule.mode === 'cron' && schedule.cron !== null)
    return 1 + countCron(schedule.cron, schedule.timezone, from, last)
  return 1 + Math.max(0, Math.floor((last - from) / ((schedule.interval_seconds ?? 1) * 1000)))
}

/** All ticks from one of them up to a moment. Pure. `from` must be a tick that is not after `until`. */
export function ticksUntil(schedule: Schedule, from: Millis, until: Millis): TickSeries {
  const last = schedule.end_at === null ? until : Math.min(until, schedule.end_at)
  if (schedule.mode === 'cron' && schedule.cron !== null)
    return cronSeries(schedule.cron, schedule.timezone, from, last)
  const step = (schedule.interval_seconds ?? 1) * 1000
  const more = Math.max(0, Math.floor((last - from) / step))
  return { from, to: from + more * step, beforeLast: more === 0 ? null : from + (more - 1) * step, count: more + 1 }
}

function cronSeries(line: string, zone: string, from: Millis, until: Millis): TickSeries {
  const to = lastCron(line, zone, from, until)
  if (to === null) return { from, to: from, beforeLast: null, count: 1 }
  const beforeLast = lastCron(line, zone, from, to - 1) ?? from
  return { from, to, beforeLast, count: 1 + countCron(line, zone, from, until) }
}

/** The n-th newest tick of a series that has more than n, and the tick before it. Pure. */
export function newestTicks(schedule: Schedule, series: TickSeries, n: number): { first: Millis; before: Millis } {
  if (schedule.mode !== 'cron' || schedule.cron === null) {
    const step = (schedule.interval_seconds ?? 1) * 1000
    return { first: series.to - (n - 1) * step, before: series.to - n * step }
  }
  const earlier = (tick: Millis): Millis =>
    lastCron(schedule.cron ?? '', schedule.timezone, series.from, tick - 1) ?? series.from
  let first = series.to
  for (let left = n - 1; left > 0; left -= 1) first = earlier(first)
  return { first, before: earlier(first) }
}

/**
 * By how much a tick's run is put off: spread evenly below `jitter_seconds`, the same for the same tick whoever asks,
 * and never to the next tick. ms, whole seconds.
 * @param next the tick that follows, or null
 */
export function jitterOf(schedule: Schedule, jobId: string, tick: Millis, next: Millis | null): Millis {
  const most = Math.min(schedule.jitter_seconds, next === null ? Number.POSITIVE_INFINITY : (next - tick) / 1000 - 1)
  return most <= 0 ? 0 : Math.floor(share(`${jobId}:${tick}`) * (most + 1)) * 1000
}

/** A text's own number in [0, 1): FNV-1a, its bits mixed once more, for texts that differ in their end alone. */
function share(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** What a plan is made of: the others say what becomes of its ticks. */
const planFields = ['mode', 'cron', 'interval_seconds', 'start_at', 'end_at', 'timezone', 'enabled'] as const

/** Whether two schedules plan the same ticks; then an edit keeps the planned one. */
export const samePlan = (one: Schedule, other: Schedule): boolean =>
  planFields.every((field) => one[field] === other[field])
