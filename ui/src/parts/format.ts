const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

const units = [
  { unit: 'd', name: 'day', seconds: 86_400 },
  { unit: 'h', name: 'hour', seconds: 3600 },
  { unit: 'min', name: 'minute', seconds: 60 },
  { unit: 's', name: 'second', seconds: 1 },
] as const

/** A length of time, two units at most: `1 h 5 min`, `3.2 s`, `45 ms`. @param seconds below zero counts as zero */
export function duration(seconds: number): string {
  const length = Math.max(0, seconds)
  if (length < 1) return `${Math.round(length * 1000)} ms`
  if (length < 10) return `${(Math.round(length * 10) / 10).toFixed(1).replace(/\.0$/, '')} s`
  const whole = Math.round(length)
  const first = units.findIndex((one) => whole >= one.seconds)
  const { unit, seconds: size } = units[first] ?? units[3]
  const next = units[first + 1]
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next.seconds)
  return rest === 0 || next === undefined
    ? `${Math.floor(whole / size)} ${unit}`
    : `${Math.floor(whole / size)} ${unit} ${rest} ${next.unit}`
}

/** `in 5 minutes`, `2 hours ago`. Both in ms since the epoch. */
export function relative(at: number, now: number): string {
  const seconds = Math.round(Math.abs(at - now) / 1000)
  if (seconds < 2) return 'now'
  const { name, seconds: size } = units.find((one) => seconds >= one.seconds) ?? units[3]
  const text = plural(Math.floor(seconds / size), name)
  return at > now ? `in ${text}` : `${text} ago`
}

/** An interval in words: `every 5 minutes`. */
export function everyWords(seconds: number): string {
  const { name, seconds: size } = units.find((one) => seconds % one.seconds === 0) ?? units[3]
  const count = seconds / size
  return count === 1 ? `every ${name}` : `every ${plural(count, name)}`
}

/** The browser's zone. */
export const ownZone: string = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** A moment with its zone: `25 Nov 2026, 14:03:22 GMT+1`. */
export const exact = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(at)

/** The time of the day with its zone, the day where it is another, and the day alone where it is far: `14:03 CET`, `Thu 26 Nov, 14:03 CET`, `Fri 25 Dec`. */
export function clock(at: number, now: number, zone: string): string {
  const day = (moment: number): string =>
    new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(moment)
  const time = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
  const date = { weekday: 'short', day: 'numeric', month: 'short' } as const
  const isFar = Math.abs(at - now) > 6 * 86_400_000
  const shown = day(at) === day(now) ? time : isFar ? date : { ...date, ...time }
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...shown }).format(at)
}

/** `12,345`. */
export const number = (count: number): string => new Intl.NumberFormat('en').format(count)

/** `1 run`, `1,024 runs`. */
export const counted = (count: number, unit: string): string => `${number(count)} ${unit}${count === 1 ? '' : 's'}`

/** `512 MiB`, `15.6 GiB`. @param bytes */
export function size(bytes: number): string {
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const at = Math.max(0, Math.min(unit.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const count = bytes / 1024 ** at
  return `${count < 100 && at > 0 ? count.toFixed(1).replace(/\.0$/, '') : number(Math.round(count))} ${unit[at]}`
}

/** A stretch of time: `Wed 25 Nov, 14:00–15:00`, `Wed 25 Nov, 22:00 – Thu 26 Nov, 02:00`. Both in ms since the epoch. */
export const spanText = (from: number, until: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatRange(from, until)
