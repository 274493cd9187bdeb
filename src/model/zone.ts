import type { Millis } from './time.ts'

/** Formatters by zone: making one costs a tenth of a millisecond. What is remembered stays bounded. */
const formatters = new Map<string, Intl.DateTimeFormat>()
const mostFormatters = 1000

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    era: 'short',
  })
  if (formatters.size < mostFormatters) formatters.set(zone, formatter)
  return formatter
}

/** Whether the IANA database has this zone; in any case of letters. */
export function isZone(name: string): boolean {
  try {
    formatterOf(name)
    return true
  } catch {
    return false
  }
}

/** What a clock on the wall of this zone shows, as if it were UTC; ms. */
export function localTime(zone: string, at: Millis): Millis {
  if (zone === 'UTC') return at
  const parts: Record<string, string> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(at)) parts[type] = value
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
  const shown = Date.UTC(
    year,
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  )
  return shown + (((at % 1000) + 1000) % 1000)
}

/** How far the zone's clock is ahead of UTC at a moment; ms. */
export const offsetAt = (zone: string, at: Millis): Millis => localTime(zone, at) - at

/** A moment by the zone's clock: `2026-03-29T03:00:00+02:00`. */
export function localText(zone: string, at: Millis): string {
  const offset = offsetAt(zone, at)
  const shown = new Date(at + offset).toISOString().slice(0, 19)
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${shown}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** The first moment in (from, to] at which the zone's offset is another than at `from`; null where it stays. */
export function shiftWithin(zone: string, from: Millis, to: Millis): Millis | null {
  const before = offsetAt(zone, from)
  if (offsetAt(zone, to) === before) return null
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle) === before) low = middle
    else high = middle
  }
  return high
}
