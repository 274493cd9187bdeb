import type { WorkerLoadDocument } from '../../../../src/client/index.ts'
import { minutes } from './load.ts'

export type Sample = WorkerLoadDocument['samples'][number]

/** A moment and how high it stands, from 0 to 1; null: not known. */
interface Point {
  readonly ts: number
  readonly height: number | null
}

const hour = minutes * 60
/** A sample holds until the next one, but no longer: who told nothing for a while leaves a gap. Seconds. */
const longest = 90

/**
 * The last hour as one shape, `minutes` wide and 20 high: each sample holds until the next. Pure.
 * @param points the oldest first, in Unix seconds  @param now Unix seconds
 */
export function shapeOf(points: readonly Point[], now: number): string {
  const placeOf = (ts: number): string => (Math.max(0, ts - now + hour) / 60).toFixed(2)
  return points
    .map(({ ts, height }, at) => {
      const to = Math.min(points[at + 1]?.ts ?? now, ts + longest, now)
      if (height === null || to <= now - hour || to <= ts) return ''
      return `M${placeOf(ts)} 20V${(20 - Math.min(1, Math.max(0, height)) * 20).toFixed(2)}H${placeOf(to)}V20z`
    })
    .join('')
}

/** What a load fills the chart with: all of the processors, or the highest load where that was more. Pure. */
export const loadScale = (samples: readonly Sample[], cpus: number): number =>
  Math.max(cpus, 1, ...samples.map(({ load_average }) => load_average ?? 0))

/** What of its memory is in use, from 0 to 1. Pure. */
export const memoryUsed = ({ memory_free, memory_total }: Sample): number =>
  memory_total === 0 ? 0 : (memory_total - memory_free) / memory_total
