import { CronPattern } from 'croner'
import type { Millis } from './time.ts'

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

/** The calendar repeats itself, weekdays included, after this many years: a day that does not come within them never does. */
const cycle = 400
/** Later years cannot be written with four digits. */
const lastYear = 9999

/** The days that match, as croner reads them. */
interface Days {
  readonly months: readonly boolean[]
  readonly daysOfMonth: readonly boolean[]
  /** Of each weekday from Sunday: a bit for its first to fifth in a month, and one for its last. */
  readonly weekdays: readonly number[]
  /** `15W`: the working day nearest to the 15th. */
  readonly nearest: readonly number[]
  readonly isLast: boolean
  readonly isLastWorkday: boolean
  /** Days of month and weekdays: whether one of the two must match, or both. */
  readonly either: boolean
}

const lastBit = 32

/**
 * A cron line on a clock that never shifts: what it shows, taken as if it were UTC; ms, whole seconds. croner reads the
 * line; its own search would take a tenth of a millisecond for each tick, and 80 kB for each line.
 */
export class CronPlan {
  /** Without a star or a step in seconds, minutes and hours. */
  readonly isFixed: boolean
  readonly #seconds: readonly number[]
  readonly #minutes: readonly number[]
  readonly #hours: readonly number[]
  readonly #days: Days

  /** @throws croner's sentence for what is no line */
  constructor(line: string) {
    const text = line.trim()
    const pattern = new CronPattern(text, undefined, { mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' })
    const fields = text.split(/\s+/)
    const [ofMonth = '', , ofWeek = ''] = fields.slice(-3)
    const isRestricted = fields.length > 1 && !pattern.starDOM && !pattern.starDOW
    this.isFixed = pattern.isFixedTime
    this.#seconds = numbersOf(pattern.second)
    this.#minutes = numbersOf(pattern.minute)
    this.#hours = numbersOf(pattern.hour)
    this.#days = {
      months: pattern.month.map(Boolean),
      daysOfMonth: pattern.day.map(Boolean),
      weekdays: pattern.dayOfWeek.slice(0, 7),
      nearest: numbersOf(pattern.nearestWeekdays).map((index) => index + 1),
      isLast: pattern.lastDayOfMonth,
      isLastWorkday: pattern.lastWeekday,
      // crontab(5): a field that begins with a star does not restrict the days, so the other one decides with it.
      either: isRestricted && !ofMonth.startsWith('*') && !ofWeek.startsWith('*'),
    }
  }

  /** The first tick after what the clock shows, or null where none is left. Looks at 400 years at most. */
  next(after: Millis): Millis | null {
    const date = Math.floor(after / day) * day
    const today = this.#matches(date) ? this.#timeAfter(after - date) : null
    if (today !== null) return date + today
    const other = this.#nextDay(date)
    return other === null ? null : other + (this.#timeAfter(-second) ?? 0)
  }

  /** How many ticks lie in (from, until]: reckoned, not walked. */
  count(from: Millis, until: Millis): number {
    if (until <= from) return 0
    const [firstDay, lastDay] = [Math.floor(from / day) * day, Math.floor(until / day) * day]
    let count = 0
    for (let date = this.#nextDay(firstDay - day); date !== null && date <= lastDay; date = this.#nextDay(date)) {
      count += this.#upTo(date === lastDay ? until - date : day - second)
      if (date === firstDay) count -= this.#upTo(from - date)
    }
    return count
  }

  /** The first time of a matching day after another; ms since its midnight. */
  #timeAfter(time: Millis): Millis | null {
    const at = Math.floor(time / second)
    const [hours, minutes, seconds] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60]
    const [firstMinute = 0] = this.#minutes
    const [firstSecond = 0] = this.#seconds
    if (this.#hours.includes(hours)) {
      const later = this.#minutes.includes(minutes) ? above(this.#seconds, seconds) : undefined
      if (later !== undefined) return hours * hour + minutes * minute + later * second
      const next = above(this.#minutes, minutes)
      if (next !== undefined) return hours * hour + next * minute + firstSecond * second
    }
    const next = above(this.#hours, hours)
    return next === undefined ? null : next * hour + firstMinute * minute + firstSecond * second
  }

  /** Ticks of a matching day up to a time of it, that one included. */
  #upTo(time: Millis): number {
    const at = Math.floor(time / second)
    const [hours, minutes, seconds] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60]
    const inMinute = this.#minutes.includes(minutes) ? below(this.#seconds, seconds + 1) : 0
    const inHour = this.#hours.includes(hours) ? below(this.#minutes, minutes) * this.#seconds.length + inMinute : 0
    return below(this.#hours, hours) * this.#minutes.length * this.#seconds.length + inHour
  }

  #matches(date: Millis): boolean {
    const at = new Date(date)
    const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
    return (
      year <= lastYear &&
      this.#days.months[month] === true &&
      new Month(year, month).matches(at.getUTCDate(), this.#days)
    )
  }

  /** The first matching day after a date. */
  #nextDay(date: Millis): Millis | null {
    const begin = new Date(date + day)
    let [year, month, of] = [begin.getUTCFullYear(), begin.getUTCMonth(), begin.getUTCDate()]
    for (const end = Math.min(year + cycle, lastYear); year <= end; ) {
      const found = this.#days.months[month] === true ? new Month(year, month).first(of, this.#days) : null
      if (found !== null) return Date.UTC(year, month, found)
      of = 1
      month += 1
      if (month === 12) [year, month] = [year + 1, 0]
    }
    return null
  }
}

/** A month of the calendar. */
class Month {
  readonly #firstWeekday: number
  readonly #last: number

  constructor(year: number, month: number) {
    this.#firstWeekday = new Date(Date.UTC(year, month, 1)).getUTCDay()
    this.#last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  }

  /** Its first matching day from one on, or null. */
  first(from: number, days: Days): number | null {
    for (let of = from; of <= this.#last; of += 1) if (this.matches(of, days)) return of
    return null
  }

  matches(of: number, days: Days): boolean {
    const bits = days.weekdays[this.#weekday(of)] ?? 0
    const isOfWeek = (bits & (1 << Math.floor((of - 1) / 7))) !== 0 || ((bits & lastBit) !== 0 && of + 7 > this.#last)
    const isOfMonth =
      days.daysOfMonth[of - 1] === true ||
      (days.isLast && of === this.#last) ||
      (days.isLastWorkday && of === this.#workdayNear(this.#last)) ||
      days.nearest.some((target) => target <= this.#last && of === this.#workdayNear(target))
    return days.either ? isOfMonth || isOfWeek : isOfMonth && isOfWeek
  }

  #weekday(of: number): number {
    return (this.#firstWeekday + of - 1) % 7
  }

  /** The working day nearest to one, in the same month. */
  #workdayNear(of: number): number {
    const weekday = this.#weekday(of)
    if (weekday === 0) return of === this.#last ? of - 2 : of + 1
    if (weekday === 6) return of === 1 ? of + 2 : of - 1
    return of
  }
}

/** The places of a field's list that are set. */
const numbersOf = (flags: readonly number[]): readonly number[] =>
  flags.flatMap((isSet, number) => (isSet ? [number] : []))

const above = (numbers: readonly number[], limit: number): number | undefined =>
  numbers.find((number) => number > limit)

function below(numbers: readonly number[], limit: number): number {
  const count = numbers.findIndex((number) => number >= limit)
  return count < 0 ? numbers.length : count
}
