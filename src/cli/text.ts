/** Text of others on one line: what would end it, or steer a terminal, is written out. Pure. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, written)

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x1b': '\\e' }

const written = (char: string): string => short[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A span, such as `420ms`, `12s`, `3m 5s`, `2h 10m`, `3d 4h`. Pure. @param seconds not below 0 */
export function span(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toString()}s`
  const whole = Math.floor(seconds)
  if (whole < minute) return `${whole}s`
  if (whole < hour) return parts([Math.floor(whole / minute), 'm'], [whole % minute, 's'])
  if (whole < day) return parts([Math.floor(whole / hour), 'h'], [Math.floor((whole % hour) / minute), 'm'])
  return parts([Math.floor(whole / day), 'd'], [Math.floor((whole % day) / hour), 'h'])
}

type Part = readonly [count: number, unit: string]

const parts = (...both: readonly [Part, Part]): string =>
  both
    .filter(([count], at) => at === 0 || count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ')

/** A time as seen from now: `3m ago`, `in 2h`, `now`. Pure. @param at, now ms */
export function relative(at: number, now: number): string {
  const seconds = Math.abs(at - now) / 1000
  if (seconds < 1) return 'now'
  const [largest = ''] = span(seconds)
    .replace(/\.\d+s$/, 's')
    .split(' ')
  return at > now ? `in ${largest}` : `${largest} ago`
}

const units: Readonly<Record<string, number>> = { s: 1, m: minute, h: hour, d: day, w: 7 * day }

/** `90`, `30s`, `5m`, `2h`, `7d`, `1w` → seconds; null for what is none. Pure. */
export function parseSpan(text: string): number | null {
  const [, count, unit] = /^\s*(\d{1,9}(?:\.\d+)?)\s*([smhdw]?)\s*$/i.exec(text) ?? []
  return count === undefined ? null : Number(count) * (units[unit?.toLowerCase() || 's'] ?? 1)
}

/** A span before now, or a time in ISO 8601 (UTC without an offset) → ms; null for what is neither. Pure. */
export function parseMoment(text: string, now: number): number | null {
  const ago = parseSpan(text)
  if (ago !== null) return now - ago * 1000
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return null
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : text.length === 10 ? text : `${text}Z`
  const at = Date.parse(zoned)
  return Number.isNaN(at) ? null : at
}
