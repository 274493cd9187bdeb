import { Cron } from 'croner'
import type { Millis } from './time.ts'
import { offsetAt, shiftWithin } from './zone.ts'

/** Longer lines are refused: no person writes them, and each entry costs time. */
export const longestCron = 256

/** Plans by zone and line: making one costs more than asking it. What is remembered stays bounded. */
const plans = new Map<string, Cron>()
const mostPlans = 5000

/** From here the first tick of a line is looked for: a day that is in every calendar of four years comes after it. */
const anyMoment = Date.UTC(2020, 0, 1)

/** Seven fields would be a year of its own, `?` is a star to some and this moment to others, `+` is croner's own. */
const foreign = /[?+]/

/**
 * The plan of a cron line: five fields, or six with seconds first; names, ranges, steps, lists, `L`, `W`, `#`, `@daily`
 * and friends. If day of month and day of week are both restricted, either may match; a field that begins with a star
 * is not restricted, and then both must (crontab(5)).
 *
 * A time that daylight saving leaves out runs once, at the first instant after the gap; one that it repeats runs once,
 * at its first. That is for fixed times: a line whose seconds, minutes or hours hold a star or a step follows real time.
 * Throws with croner's sentence.
 */
function planOf(line: string, zone: string): Cron {
  const key = `${zone} ${line}`
  const known = plans.get(key)
  if (known !== undefined) return known
  const fields = line.trim().split(/\s+/)
  const [day = '', , weekday = ''] = fields.slice(-3)
  const plan = new Cron(line.trim(), {
    timezone: zone,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    domAndDow: fields.length > 1 && (isSteppedStar(day) || isSteppedStar(weekday)),
    paused: true,
  })
  if (plans.size >= mostPlans) plans.clear()
  plans.set(key, plan)
  return plan
}

const isSteppedStar = (field: string): boolean => field.startsWith('*') && field !== '*'

/** What is wrong with a cron line, in one sentence; null where nothing is. The zone must be one. */
export function cronFault(line: string, zone: string): string | null {
  if (line.length > longestCron) return `must have at most ${longestCron} characters`
  if (foreign.test(line)) return 'must not contain ? or +; use * for any'
  try {
    if (planOf(line, zone).nextRun(new Date(anyMoment)) !== null) return null
    return 'never matches: no such day exists'
  } catch (error) {
    return `is not a cron line: ${sentenceOf(error)}`
  }
}

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^CronPattern: /, '').replace(/\.$/, '') : String(error)

/** Whether a line has six fields: then the first is for seconds. */
export const hasSeconds = (line: string): boolean => line.trim().split(/\s+/).length === 6

/** The first tick after a moment, or null when there is none. Pure; strictly increasing; whole seconds. */
export function nextCron(line: string, zone: string, after: Millis): Millis | null {
  // The library's own resolution is a second; a moment within one is as good as its beginning.
  const from = Math.floor(after / 1000) * 1000
  const tick = planOf(line, zone).nextRun(new Date(from))?.getTime() ?? null
  return tick === null || zone === 'UTC' || !isFixed(line) ? tick : (leftOut(line, zone, from, tick) ?? tick)
}

const day = 86_400_000
const week = 7 * day

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** The fields of a line that is one. `days`: day of month, month and day of week. */
export function fieldsOf(line: string): { seconds: string; minutes: string; hours: string; days: string } {
  const text = line.trim().toLowerCase()
  const fields = (nicknames[text] ?? line.trim()).split(/\s+/)
  const [minutes = '*', hours = '*', ...days] = fields.slice(-5)
  return { seconds: fields.length === 6 ? (fields[0] ?? '0') : '0', minutes, hours, days: days.join(' ') }
}

/** Without a star or a step in seconds, minutes and hours. */
export function isFixed(line: string): boolean {
  const { seconds, minutes, hours } = fieldsOf(line)
  return !/[*/]/.test(seconds + minutes + hours)
}

/**
 * The end of a gap before the tick that swallowed a time of this line. The library moves such a time to the end of the
 * gap by itself, unless that is another day: a clock that jumps from 23:00 to 0:00 (Nuuk, Santiago, Beirut) would lose it.
 */
function leftOut(line: string, zone: string, from: Millis, tick: Millis): Millis | null {
  for (let begin = from; begin < tick; begin += week) {
    const shift = shiftWithin(zone, begin, Math.min(begin + week, tick))
    if (shift === null || shift >= tick) continue
    const [gap, end] = [shift + offsetAt(zone, shift - 1), shift + offsetAt(zone, shift)]
    if (Math.floor((gap - 1) / day) === Math.floor(end / day)) continue
    // The times that the clock did not show, as a clock that shows them all would have met them.
    const missed = planOf(line, 'UTC')
      .nextRun(new Date(gap - 1000))
      ?.getTime()
    if (missed !== undefined && missed < end) return shift
  }
  return null
}
