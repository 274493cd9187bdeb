import type { Millis } from './time.ts'

/** Formatters by zone: making one costs a tenth of a millisecond. What is remembered stays bounded. */
const formatters = new Map<string, Intl.DateTimeFormat>()
const mostFormatters = 1000

function formatterOf(zone: string): Intl.DateTimeFormat {
  const key = zone.toLowerCase()
  const known = formatters.get(key)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', timeZoneName: 'longOffset' })
  if (formatters.size >= mostFormatters) formatters.clear()
  formatters.set(key, formatter)
  return formatter
}

/** Whether the IANA database has this zone; in any case of letters. A bare offset (`+01:00`) is none. */
export function isZone(name: string): boolean {
  try {
    formatterOf(name)
    return /^[a-z]/i.test(name)
  } catch {
    return false
  }
}

/** A moment from which a zone's clock is further ahead of UTC, or less far, than before it; ms. */
export interface Shift {
  /** The first moment with the new offset. */
  readonly at: Millis
  readonly before: Millis
  readonly after: Millis
}

interface Year {
  /** The offset at its beginning. */
  readonly offset: Millis
  readonly shifts: readonly Shift[]
}

/** Years of zones: asking the platform for one offset costs two microseconds, and a year has 53 weeks. What is remembered stays bounded. */
const years = new Map<string, Year>()
const mostYears = 10_000

const week = 7 * 86_400_000

function yearOf(zone: string, year: number): Year {
  const key = `${year} ${zone}`
  const known = years.get(key)
  if (known !== undefined) return known
  const [begin, end] = [Date.UTC(year), Date.UTC(year + 1)]
  const offset = measured(zone, begin - 1)
  const shifts: Shift[] = []
  // Morocco goes back and forth within a month; two shifts within a week are in no zone.
  for (let from = begin - 1, before = offset; from < end - 1; from += week) {
    const to = Math.min(from + week, end - 1)
    const after = measured(zone, to)
    if (after !== before) shifts.push({ at: shiftBetween(zone, from, to), before, after })
    before = after
  }
  if (years.size >= mostYears) years.clear()
  const made: Year = { offset, shifts }
  years.set(key, made)
  return made
}

const offsetText = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** The offset that the platform's database tells. */
function measured(zone: string, at: Millis): Millis {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offsetText.exec(formatterOf(zone).format(at)) ?? []
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -size : size
}

/** The first moment after `from` with the offset that is at `to`. */
function shiftBetween(zone: string, from: Millis, to: Millis): Millis {
  const before = measured(zone, from)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (measured(zone, middle) === before) low = middle
    else high = middle
  }
  return high
}

const yearAt = (at: Millis): number => new Date(at).getUTCFullYear()

/** How far the zone's clock is ahead of UTC at a moment; ms. */
export function offsetAt(zone: string, at: Millis): Millis {
  if (zone === 'UTC') return 0
  const { offset, shifts } = yearOf(zone, yearAt(at))
  return shifts.findLast((shift) => shift.at <= at)?.after ?? offset
}

/** The shifts in (from, until], in order. */
export function* shiftsBetween(zone: string, from: Millis, until: Millis): Generator<Shift> {
  if (zone === 'UTC' || until <= from) return
  for (let year = yearAt(from); year <= yearAt(until); year += 1)
    for (const shift of yearOf(zone, year).shifts) {
      if (shift.at > until) return
      if (shift.at > from) yield shift
    }
}

/** The first shift in (from, until], or null. */
export function shiftWithin(zone: string, from: Millis, until: Millis): Shift | null {
  for (const shift of shiftsBetween(zone, from, until)) return shift
  return null
}

/** A moment by the zone's clock: `2026-03-29T03:00:00+02:00`. */
export function localText(zone: string, at: Millis): string {
  const offset = offsetAt(zone, at)
  const shown = new Date(at + offset).toISOString().slice(0, 19)
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${shown}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
