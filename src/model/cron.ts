import { faultInLine } from './cron-fault.ts'
import { CronPlan } from './cron-plan.ts'
import type { Millis } from './time.ts'
import { offsetAt, type Shift, shiftsBetween, shiftWithin } from './zone.ts'

/** Longer lines are refused: no person writes them, and each entry costs time. */
export const longestCron = 256

/** Plans by line: making one costs twenty times as much as asking it. What is remembered stays bounded. */
const plans = new Map<string, CronPlan>()
const mostPlans = 5000

/** From here the first tick of a line is looked for: all days of the calendar come after it. */
const anyMoment = Date.UTC(2020, 0, 1)

/** `?` is a star to some and this moment to others, `+` is croner's own. */
const foreign = /[?+]/

/**
 * The plan of a cron line: five fields, or six with seconds first; names, ranges, steps, lists, `L`, `W`, `#`, `@daily`
 * and friends. If day of month and day of week are both restricted, either may match; a field that begins with a star
 * is not restricted, and then both must (crontab(5)). Throws with croner's sentence.
 */
function planOf(line: string): CronPlan {
  const known = plans.get(line)
  if (known !== undefined) return known
  const plan = new CronPlan(line)
  if (plans.size >= mostPlans) plans.clear()
  plans.set(line, plan)
  return plan
}

/** What is wrong with a cron line, in one sentence; null where nothing is. Looks at 400 years of days at most. */
export function cronFault(line: string): string | null {
  if (line.length > longestCron) return `must have at most ${longestCron} characters`
  if (foreign.test(line)) return 'must not contain ? or +; use * for any'
  try {
    return planOf(line).next(anyMoment) === null ? 'never matches: no such day exists' : null
  } catch {
    return `is not a cron line: ${faultInLine(line)}`
  }
}

/** Whether a line has six fields: then the first is for seconds. */
export const hasSeconds = (line: string): boolean => line.trim().split(/\s+/).length === 6

const second = 1000
/** No clock goes back by more; ms. */
const longestBack = 25 * 3_600_000

/**
 * The first tick after a moment, or null when there is none. Pure; strictly increasing; whole seconds.
 *
 * A time that daylight saving leaves out runs once, at the first instant after the gap; one that it repeats runs once,
 * at its first. That is for fixed times: a line whose seconds, minutes or hours hold a star or a step follows real time.
 */
export function nextCron(line: string, zone: string, after: Millis): Millis | null {
  const plan = planOf(line)
  let from = Math.floor(after / second) * second
  if (zone === 'UTC') return plan.next(from)
  let offset = offsetAt(zone, from)
  let shown = plan.isFixed ? Math.max(from + offset, shownBefore(zone, from)) : from + offset
  for (;;) {
    const next = plan.next(shown)
    if (next === null) return null
    const shift = shiftWithin(zone, from, next - offset)
    if (shift === null) return next - offset
    if (plan.isFixed && isLeftOut(next, shift)) return shift.at
    shown = plan.isFixed ? Math.max(shown, lastShown(shift)) : shift.at + shift.after - second
    from = shift.at
    offset = shift.after
  }
}

/** Whether a shift of the clock leaves out a time of this line, and what becomes of it: it runs at the shift, or not at all. */
export function leftOut(line: string, { at, before, after }: Shift): 'put_off' | 'lost' | null {
  const plan = planOf(line)
  if (plan.count(at + before - second, at + after - second) === 0) return null
  return plan.isFixed ? 'put_off' : 'lost'
}

const isLeftOut = (time: Millis, { at, before, after }: Shift): boolean => time >= at + before && time < at + after

/** The last second that was shown, or left out, when the clock had shifted. */
const lastShown = ({ at, before, after }: Shift): Millis => at + Math.max(before, after) - second

/** The last second that a clock which went back lately had shown before that. */
function shownBefore(zone: string, at: Millis): Millis {
  let last = Number.NEGATIVE_INFINITY
  for (const shift of shiftsBetween(zone, at - longestBack, at)) last = lastShown(shift)
  return last
}

/** The newest tick at or before a moment; null when none is after `from`. Thirty looks, however many ticks lie between. */
export function lastCron(line: string, zone: string, from: Millis, until: Millis): Millis | null {
  const found = nextCron(line, zone, from)
  if (found === null || found > until) return null
  // The next tick never falls as the moment rises: so the last moment whose next tick is not past `until` can be halved for.
  let [low, high] = [Math.floor(from / second), Math.floor(until / second)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const tick = nextCron(line, zone, middle * second)
    if (tick !== null && tick <= until) low = middle
    else high = middle
  }
  return nextCron(line, zone, low * second)
}

/**
 * How many ticks lie in (from, until]: reckoned, not walked, for a line that ticks each second has a million in a
 * fortnight. Between two shifts of the zone's clock the ticks are those of a clock on the wall.
 */
export function countCron(line: string, zone: string, from: Millis, until: Millis): number {
  const plan = planOf(line)
  let count = 0
  let shown = from + offsetAt(zone, from)
  if (plan.isFixed) shown = Math.max(shown, shownBefore(zone, from))
  for (const shift of shiftsBetween(zone, from, until)) {
    const { at, before, after } = shift
    count += plan.count(shown, at + before - second)
    const [left, first] = [at + before - second, at + after]
    // What is left out runs at the first instant after it, together with what that instant shows itself.
    if (
      plan.isFixed &&
      after > before &&
      plan.count(left, first - second) > 0 &&
      plan.count(first - second, first) === 0
    )
      count += 1
    shown = plan.isFixed ? Math.max(shown, lastShown(shift)) : first - second
  }
  return count + plan.count(shown, until + offsetAt(zone, until))
}
