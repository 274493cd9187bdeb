import type { RunDocument } from '../../../../src/client/index.ts'

/** Bars of an hour, a minute each. */
export const minutes = 60
const minute = 60_000

type Spell = Pick<RunDocument, 'start_ts' | 'end_ts'>

/**
 * How many slots were in use on average in each of the last 60 minutes, the oldest first. A run counts from its start to its
 * end, its waits between attempts with it. Pure; now in ms since the epoch.
 */
export function loadOf(runs: readonly Spell[], now: number): readonly number[] {
  const begin = now - minutes * minute
  const used = Array.from({ length: minutes }, () => 0)
  for (const { start_ts, end_ts } of runs) {
    if (start_ts === null) continue
    const from = Math.max(begin, Date.parse(start_ts))
    const to = Math.min(now, end_ts === null ? now : Date.parse(end_ts))
    for (let at = Math.floor((from - begin) / minute); at < minutes && begin + at * minute < to; at += 1) {
      const start = begin + at * minute
      used[at] = (used[at] ?? 0) + Math.max(0, Math.min(to, start + minute) - Math.max(from, start)) / minute
    }
  }
  return used
}
