import { type FinalStatus, finalStatuses, type Run } from './run.ts'
import { queueLatency } from './run-life.ts'
import { Sketch } from './sketch.ts'
import type { Millis } from './time.ts'

/** What runs that ended add up to. A run belongs to the moment of its creation, as `since` and `until` of lists do. */
export interface Figures {
  readonly counts: Record<FinalStatus, number>
  /** From the first start to the end, of those that started. */
  readonly duration: Sketch
  /** From the moment a run was due to its first start, or to its end if it never started. */
  readonly queue: Sketch
}

/** The widths that roll-ups are kept in: stats of any multiple of the narrow one add them up. */
export const rollups = { narrow: 60_000, wide: 3_600_000 } as const

/** At most this many buckets are answered. */
export const mostBuckets = 2000

export const noFigures = (): Figures => ({
  counts: { success: 0, failed: 0, timed_out: 0, cancelled: 0 },
  duration: new Sketch(),
  queue: new Sketch(),
})

/** Counts a run in; one that has not ended counts for nothing. */
export function addRun(figures: Figures, run: Run): void {
  const outcome = finalStatuses.find((status) => status === run.status)
  if (outcome === undefined || run.end_ts === null) return
  figures.counts[outcome] += 1
  figures.queue.addTime(queueLatency(run, run.end_ts))
  if (run.start_ts !== null) figures.duration.addTime(Math.max(0, run.end_ts - run.start_ts))
}

/** Adds all that others add up to. */
export function mergeFigures(into: Figures, from: Figures): void {
  for (const outcome of finalStatuses) into.counts[outcome] += from.counts[outcome]
  into.duration.merge(from.duration)
  into.queue.merge(from.queue)
}

/** What is shown of figures: the quantiles of their times, ms, or null where no run counts. */
export interface Summary {
  readonly counts: Readonly<Record<FinalStatus, number>>
  readonly duration: Quantiles
  readonly queue: Quantiles
}

export interface Quantiles {
  readonly p50: Millis | null
  readonly p95: Millis | null
}

export const summaryOf = ({ counts, duration, queue }: Figures): Summary => ({
  counts,
  duration: quantilesOf(duration),
  queue: quantilesOf(queue),
})

function quantilesOf(sketch: Sketch): Quantiles {
  const [p50 = null, p95 = null] = sketch.quantiles([0.5, 0.95])
  return { p50, p95 }
}

export const totalOf = ({ counts }: Pick<Summary, 'counts'>): number =>
  finalStatuses.reduce((sum, outcome) => sum + counts[outcome], 0)

/** Buckets begin at multiples of their width since the epoch: a day's at midnight UTC. */
export const bucketOf = (at: Millis, width: Millis): Millis => Math.floor(at / width) * width

/** A span of time in buckets of one width: the whole of the first and the last one are in it. */
export interface Buckets {
  readonly from: Millis
  readonly until: Millis
  readonly width: Millis
  readonly count: number
}

export function bucketsOf(since: Millis, until: Millis, width: Millis): Buckets {
  const from = bucketOf(since, width)
  const count = Math.max(1, Math.ceil((until - from) / width))
  return { from, until: from + count * width, width, count }
}

const pleasant = [60, 300, 900, 3600, 21_600, 86_400, 604_800].map((seconds) => seconds * 1000)

/** The width that makes a readable chart of a span: at most 100 buckets, or weeks. */
export const pleasantWidth = (since: Millis, until: Millis): Millis =>
  pleasant.find((width) => bucketsOf(since, until, width).count <= 100) ?? 604_800_000
