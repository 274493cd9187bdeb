import type { PlannedDocument, StatsDocument, TickDocument } from '../../../../src/client/index.ts'

/** A day of a calendar. Times in ms since the epoch. */
export interface Day {
  /** `2026-11-25`, by the calendar's zone. */
  readonly date: string
  readonly from: number
  readonly until: number
}

const hour = 3_600_000

/** One for each zone that was asked for: to make one costs a hundred times as much as to ask it. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  clocks.set(zone, known)
  return known
}

/** By how much a zone's clock is ahead of UTC. ms */
function offsetOf(zone: string, at: number): number {
  const parts = clockOf(zone).formatToParts(at)
  const [, sign, hours = '0', minutes = '0'] =
    /GMT(?:([+-])(\d+):(\d+))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * hour + Number(minutes) * 60_000)
}

/**
 * The moment that a zone's clock shows as this, counted as if it were UTC: the first one where it shows it twice, and where it
 * leaves it out, the one at which it does.
 */
function momentOf(shown: number, zone: string): number {
  const found = [-14 * hour, 14 * hour].map((near) => shown - offsetOf(zone, shown + near))
  const right = found.filter((at) => at + offsetOf(zone, at) === shown)
  return right.length > 0 ? Math.min(...right) : Math.max(...found)
}

/** The month that a moment is in, by a zone: `2026-11`. */
export const monthOf = (at: number, zone: string): string => new Date(at + offsetOf(zone, at)).toISOString().slice(0, 7)

/** So many months later, or earlier. Pure. @param month `2026-11` */
export function monthAfter(month: string, by: number): string {
  const [year = 1970, nth = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, nth - 1 + by, 1)).toISOString().slice(0, 7)
}

/** The days of a month, and how many weekdays of its first week come before it; weeks begin on Monday. */
export function daysOf(month: string, zone: string): { readonly days: readonly Day[]; readonly before: number } {
  const [year = 1970, nth = 1] = month.split('-').map(Number)
  const count = new Date(Date.UTC(year, nth, 0)).getUTCDate()
  const begins = Array.from({ length: count + 1 }, (_, at) => Date.UTC(year, nth - 1, 1 + at))
  const days = begins.slice(0, count).map((begin, at) => ({
    date: new Date(begin).toISOString().slice(0, 10),
    from: momentOf(begin, zone),
    until: momentOf(begins[at + 1] ?? begin, zone),
  }))
  return { days, before: (new Date(begins[0] ?? 0).getUTCDay() + 6) % 7 }
}

/** The width of the buckets that make up the days of a month in a zone: hours, or halves where days begin at one. Seconds */
export const bucketFor = (days: readonly Day[]): number => (days.some(({ from }) => from % hour !== 0) ? 1800 : 3600)

/** What a day had, and what is planned for it. */
export interface DayCounts {
  readonly success: number
  readonly failed: number
  readonly cancelled: number
  readonly skipped: number
  readonly missed: number
  readonly planned: number
}

/** What came of each day, and what is planned for it. Pure. @param rows of ticks without a run */
export function countsOf(
  days: readonly Day[],
  {
    stats,
    planned,
    rows,
  }: {
    readonly stats: StatsDocument | null
    readonly planned: PlannedDocument | null
    readonly rows: readonly TickDocument[]
  },
): readonly DayCounts[] {
  const inside = ({ from, until }: Day, start: string): boolean => {
    const at = Date.parse(start)
    return at >= from && at < until
  }
  return days.map((day) => {
    const ended = stats?.buckets.filter(({ start }) => inside(day, start)) ?? []
    const sum = (of: (bucket: StatsDocument['buckets'][number]) => number): number =>
      ended.reduce((all, bucket) => all + of(bucket), 0)
    return {
      success: sum(({ success }) => success),
      failed: sum(({ failed, timed_out }) => failed + timed_out),
      cancelled: sum(({ cancelled }) => cancelled),
      skipped: ticksIn(day, rows, 'skipped'),
      missed: ticksIn(day, rows, 'missed'),
      planned:
        planned?.buckets
          .filter(({ start }) => inside(day, start))
          .reduce((all, { planned: count }) => all + count, 0) ?? 0,
    }
  })
}

/** Of a series that goes over several days, each has a share of its ticks by its length: they are evenly spaced, or nearly so. */
function ticksIn({ from, until }: Day, rows: readonly TickDocument[], outcome: 'skipped' | 'missed'): number {
  let sum = 0
  for (const row of rows) {
    if (row.outcome !== outcome) continue
    const [first, last] = [Date.parse(row.from), Date.parse(row.to)]
    if (last < from || first >= until) continue
    const isWhole = first >= from && last < until
    const share = (Math.min(last, until - 1) - Math.max(first, from)) / Math.max(1, last - first)
    sum += isWhole ? row.count : Math.max(1, Math.round(row.count * share))
  }
  return sum
}
