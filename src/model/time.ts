/** Milliseconds since the epoch, UTC. Every time inside the program is one; ISO 8601 stands on the wire only. */
export type Millis = number

/** A time after the year 9999 cannot be written in ISO 8601 with four digits. */
export const latestTime: Millis = Date.parse('9999-12-31T23:59:59.999Z')

const day: Millis = 86_400_000
const digits = (count: number, width: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(width, '0'))
const [two, three] = [digits(60, 2), digits(1000, 3)]
/** Days that were written, up to their `T`: a page of a thousand jobs has times of a few hundred. */
const dates = new Map<number, string>()
const mostDates = 1000

/**
 * ISO 8601 in UTC with milliseconds and `Z`, as `Date.toISOString` writes it, in a third of the time: a page of runs holds
 * thousands of times, of few days.
 */
export function iso(at: Millis): string {
  const whole = Math.trunc(at)
  const days = Math.floor(whole / day)
  const date = dates.get(days) ?? dateOf(days)
  const ms = whole - days * day
  const seconds = Math.floor(ms / 1000)
  const clock = `${two[Math.floor(seconds / 3600)]}:${two[Math.floor(seconds / 60) % 60]}:${two[seconds % 60]}`
  return `${date}${clock}.${three[ms % 1000]}Z`
}

function dateOf(days: number): string {
  const date = new Date(days * day).toISOString().replace(/(?<=T).*/, '')
  if (dates.size >= mostDates) dates.clear()
  dates.set(days, date)
  return date
}

/** As `iso`, for a time that may not be set. */
export const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))

/** Unix seconds with a fraction: how events, log chunks and heartbeats show their time (the seed's way). */
export const unixSeconds = (at: Millis): number => at / 1000
