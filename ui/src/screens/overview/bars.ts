import type { PlannedDocument, StatsDocument } from '../../../../src/client/index.ts'
import { counted, number } from '../../parts/format.ts'

/** What is stacked, from the bottom. The tones are the page's own. */
export const outcomes = [
  { name: 'success', label: 'Success', tone: 'good' },
  { name: 'cancelled', label: 'Cancelled', tone: 'idle' },
  { name: 'timed_out', label: 'Timed out', tone: 'warn' },
  { name: 'failed', label: 'Failed', tone: 'bad' },
] as const
type Outcome = (typeof outcomes)[number]['name']

/** A bar of the chart. Times in seconds since the epoch. */
export interface Bar {
  readonly start: number
  readonly counts: Readonly<Record<Outcome, number>>
  readonly planned: number
}

const none = { success: 0, cancelled: 0, timed_out: 0, failed: 0 }

/** What has been and what is planned, on one axis. Pure. */
export function barsOf({ buckets }: StatsDocument, planned: PlannedDocument | null): readonly Bar[] {
  const bars = new Map<number, Bar>()
  for (const { start, success, cancelled, timed_out, failed } of buckets) {
    const at = Date.parse(start) / 1000
    bars.set(at, { start: at, counts: { success, cancelled, timed_out, failed }, planned: 0 })
  }
  const first = bars.keys().next().value ?? Number.NEGATIVE_INFINITY
  for (const { start, planned: count } of planned?.buckets ?? []) {
    const at = Date.parse(start) / 1000
    // Both answers are of one moment, or of two that are near: what lies before the chart is not on it.
    if (at >= first) bars.set(at, { start: at, counts: none, ...bars.get(at), planned: count })
  }
  return [...bars.values()].sort((one, other) => one.start - other.start)
}

/** What a bar holds, in words: `12 runs: 11 success, 1 failed`. Pure. */
export function barWords({ counts, planned }: Omit<Bar, 'start'>): string {
  const parts = outcomes
    .filter(({ name }) => counts[name] > 0)
    .map(({ name, label }) => `${number(counts[name])} ${label.toLowerCase()}`)
  const total = outcomes.reduce((sum, { name }) => sum + counts[name], 0)
  const ended = total === 0 ? 'no run ended' : `${counted(total, 'run')}: ${parts.join(', ')}`
  if (planned === 0) return ended
  return total === 0 ? `${number(planned)} planned` : `${ended}; ${number(planned)} planned`
}

/** What several bars hold together. Pure. */
export function sumOfBars(bars: readonly Bar[]): Omit<Bar, 'start'> {
  const counts: Record<Outcome, number> = { ...none }
  for (const bar of bars) for (const { name } of outcomes) counts[name] += bar.counts[name]
  return { counts, planned: bars.reduce((sum, bar) => sum + bar.planned, 0) }
}
