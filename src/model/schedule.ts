import { z } from 'zod'
import { flagOr, nameOr, nameOrNull, timeOrNull, wholeOr, wholeOrNull, wordOr } from './fields.ts'
import type { Millis } from './time.ts'

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

/** Names that were found to be zones: making a formatter costs a tenth of a millisecond, and the names are few. */
const knownZones = new Set<string>(['UTC'])

function isZone(name: string): boolean {
  if (knownZones.has(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  // A zone has many spellings of upper and lower case: what is remembered stays bounded.
  if (knownZones.size < 1000) knownZones.add(name)
  return true
}

/** When a job runs. Source: the wire contract, "Job definition" and "Schedules". Times are milliseconds, UTC. */
export const Schedule = z.preprocess(
  ofItsMode,
  z
    .object(
      {
        mode: wordOr(scheduleModes, 'immediate'),
        cron: nameOrNull(1000),
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
    .refine((given) => given.mode !== 'cron' || (given.cron ?? null) !== null, {
      path: ['cron'],
      error: 'is required for a cron schedule',
      when: ({ issues }) => !issues.some((issue) => issue.path?.at(0) === 'cron'),
    })
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
 * An interval's ticks are start + n × interval; `immediate` has none after the moment of creation.
 * @param anchor the interval's start where the schedule names none: the moment the job was created
 * @param after ms since the epoch; the tick is later than this
 */
export function nextTick(schedule: Schedule, anchor: Millis, after: Millis): Millis | null {
  if (!schedule.enabled || schedule.mode !== 'interval' || schedule.interval_seconds === null) return null
  const step = schedule.interval_seconds * 1000
  const start = schedule.start_at ?? anchor
  const tick = after < start ? start : start + (Math.floor((after - start) / step) + 1) * step
  return schedule.end_at !== null && tick > schedule.end_at ? null : tick
}

/** A run of ticks, `from` and `to` included: their count, the last of them, and the last but one. */
export interface TickSeries {
  readonly from: Millis
  readonly to: Millis
  readonly beforeLast: Millis | null
  readonly count: number
}

/** All ticks from one of them up to a moment. Pure. `from` must be a tick that is not after `until`. */
export function ticksUntil(schedule: Schedule, from: Millis, until: Millis): TickSeries {
  const step = (schedule.interval_seconds ?? 1) * 1000
  const last = schedule.end_at === null ? until : Math.min(until, schedule.end_at)
  const more = Math.max(0, Math.floor((last - from) / step))
  return { from, to: from + more * step, beforeLast: more === 0 ? null : from + (more - 1) * step, count: more + 1 }
}

/** Whether two schedules plan the same ticks; then an edit keeps the planned one. */
export const sameSchedule = (one: Schedule, other: Schedule): boolean => JSON.stringify(one) === JSON.stringify(other)
