import { fieldsOf, isFixed, nextCron } from './cron.ts'
import type { Millis } from './time.ts'
import { offsetAt, shiftWithin } from './zone.ts'

const [second, hour, day] = [1000, 3_600_000, 86_400_000]
const week = 7 * day

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
  const wall = new Wall(line)
  const fixed = isFixed(line)
  let count = 0
  let begin = from
  for (const shift of shiftsBetween(zone, from, until)) {
    const [before, after] = [offsetAt(zone, shift - 1), offsetAt(zone, shift)]
    count += wall.between(begin + before, shift - second + before)
    // The shift itself counts to what follows it; what the wall shows twice counts once where times are fixed.
    if (fixed && after < before)
      count -= wall.between(shift + after - second, Math.min(shift + before - second, until + after))
    const leftOut = after > before && wall.between(shift + before - second, shift + after - second) > 0
    if (fixed && leftOut && wall.between(shift + after - second, shift + after) === 0) count += 1
    begin = shift - second
  }
  const last = offsetAt(zone, until)
  return count + wall.between(begin + last, until + last)
}

function shiftsBetween(zone: string, from: Millis, until: Millis): Millis[] {
  const shifts: Millis[] = []
  for (let begin = from; begin < until; begin += week) {
    const shift = shiftWithin(zone, begin, Math.min(begin + week, until))
    if (shift !== null) shifts.push(shift)
  }
  return shifts
}

/** A line on a clock that never shifts. */
class Wall {
  readonly #days: string
  readonly #seconds: ReadonlySet<number>
  readonly #minutes: ReadonlySet<number>
  readonly #hours: ReadonlySet<number>

  constructor(line: string) {
    const { seconds, minutes, hours, days } = fieldsOf(line)
    this.#days = `0 0 0 ${days}`
    this.#seconds = valuesOf(`${seconds} * * * * *`, second, 60)
    this.#minutes = valuesOf(`0 ${minutes} * * * *`, 60 * second, 60)
    this.#hours = valuesOf(`0 0 ${hours} * * *`, hour, 24)
  }

  /** Ticks in (from, until], both as the wall shows them. */
  between(from: Millis, until: Millis): number {
    if (until <= from) return 0
    const [firstDay, lastDay] = [Math.floor(from / day) * day, Math.floor(until / day) * day]
    let count = 0
    for (let date = nextCron(this.#days, 'UTC', firstDay - second); date !== null && date <= lastDay; ) {
      const upTo = date === lastDay ? this.#upTo(until - date) : this.#upTo(day - second)
      count += upTo - (date === firstDay ? this.#upTo(from - date) : 0)
      date = nextCron(this.#days, 'UTC', date)
    }
    return count
  }

  /** Ticks of a day up to a time of it, that one included. */
  #upTo(time: Millis): number {
    const at = Math.floor(time / second)
    const [hours, minutes, seconds] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60]
    const inMinute = this.#minutes.has(minutes) ? below(this.#seconds, seconds + 1) : 0
    const inHour = this.#hours.has(hours) ? below(this.#minutes, minutes) * this.#seconds.size + inMinute : 0
    return below(this.#hours, hours) * this.#minutes.size * this.#seconds.size + inHour
  }
}

const below = (values: ReadonlySet<number>, limit: number): number =>
  [...values].filter((value) => value < limit).length

/** The values of one field, found by asking for the ticks of a line that has a star in all others. */
function valuesOf(line: string, unit: Millis, size: number): ReadonlySet<number> {
  const values = new Set<number>()
  for (
    let tick = nextCron(line, 'UTC', -second);
    tick !== null && tick < size * unit;
    tick = nextCron(line, 'UTC', tick)
  )
    values.add(tick / unit)
  return values
}
