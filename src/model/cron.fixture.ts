/**
 * A second implementation of cron, slow and plain, to hold the first one against: it knows its lines as sets of numbers
 * (no parser that could share a mistake), walks days of the wall calendar, and asks the zone for nothing but what a
 * clock on the wall shows.
 */
export interface Line {
  readonly text: string
  readonly seconds: ReadonlySet<number>
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  /** Whether a day of the calendar matches: day of the month, month from 1, weekday from Sunday. */
  readonly matchesDay: (date: Date) => boolean
  /** Without a star or a step in seconds, minutes and hours. */
  readonly isFixed: boolean
}

export interface Shift {
  readonly zone: string
  /** The first instant with the new offset. */
  readonly at: number
  readonly before: number
  readonly after: number
}

const day = 86_400_000

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  clocks.set(zone, clock)
  return clock
}

/** By how much the clock on the wall is ahead: it shows `2026-03-29 03:00:00`. */
const offset = (zone: string, at: number): number =>
  Date.parse(`${clockOf(zone).format(at).replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000

/** Every change of a zone's offset between two moments. */
export function shiftsOf(zone: string, from: number, until: number): Shift[] {
  const found: Shift[] = []
  const step = 14 * day
  for (let at = from, before = offset(zone, at); at < until; at += step) {
    const after = offset(zone, at + step)
    // Morocco goes back and forth within a month; two shifts within a fortnight are in no zone since 2020.
    if (after !== before) {
      let [low, high] = [at, at + step]
      while (high - low > 1000) {
        const middle = Math.floor((low + high) / 2000) * 1000
        if (offset(zone, middle) === before) low = middle
        else high = middle
      }
      found.push({ zone, at: high, before, after })
    }
    before = after
  }
  return found
}

/** The ticks of a line in (from, until], around one shift and no other, in order. */
export function ticksAround(line: Line, { at, before, after }: Shift, from: number, until: number): number[] {
  const ticks = new Set<number>()
  const firstDay = Math.floor((from + Math.min(before, after)) / day) * day
  const lastDay = until + Math.max(before, after)
  for (let date = firstDay; date <= lastDay; date += day) {
    if (!line.matchesDay(new Date(date))) continue
    for (const hour of line.hours)
      for (const minute of line.minutes)
        for (const second of line.seconds)
          for (const tick of instantsOf(date + ((hour * 60 + minute) * 60 + second) * 1000)) ticks.add(tick)
  }
  return [...ticks].filter((tick) => tick > from && tick <= until).sort((one, other) => one - other)

  /** The instants at which the clock on the wall shows this. */
  function instantsOf(shown: number): number[] {
    const [early, late] = [shown - before, shown - after]
    const instants = [...(early < at ? [early] : []), ...(late >= at ? [late] : [])]
    if (!line.isFixed) return instants
    return instants.length === 0 ? [at] : instants.slice(0, 1)
  }
}
