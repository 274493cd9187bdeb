import { z } from 'zod'
import { bucketOf, type Figures, mergeFigures, noFigures, rollups } from '../../model/figures.ts'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import { readCells, writeCells } from '../cells.ts'
import { type Fields, reader } from './stored.ts'

/** Whose figures one document has, in one hour: a job's (both named), a domain's (`job_id` empty), everyone's (both empty). */
export interface FigureKey {
  readonly domain: string
  readonly job_id: string
  readonly start: Millis
}

/** Figures of an hour, and of the minutes in it that runs belong to. */
export interface HourFigures {
  readonly hour: Figures
  readonly minutes: Map<Millis, Figures>
}

/** A document of figures as it is stored. `counted`: runs that it has counted and whose effect may still be open. */
export interface FigureDocument extends FigureKey {
  readonly _id: string
  readonly rev: number
  readonly counted: readonly string[]
  readonly figures: HourFigures
}

/** Documents of one series lie one after the other, hour by hour. No job's id begins as a domain's series does. */
export const seriesOf = ({ domain, job_id }: Omit<FigureKey, 'start'>): string =>
  job_id === '' ? `@${domain}` : job_id
export const figureId = (key: FigureKey): string => `${seriesOf(key)}|${String(key.start).padStart(16, '0')}`

/** The documents that a run counts in. */
export const keysOf = (run: Run): readonly FigureKey[] => {
  const start = bucketOf(run.created_at, rollups.wide)
  return [
    { domain: '', job_id: '', start },
    { domain: run.domain, job_id: '', start },
    { domain: run.domain, job_id: run.job_id, start },
  ]
}

export const noHour = (): HourFigures => ({ hour: noFigures(), minutes: new Map() })

/** The figures of a minute of an hour, to be added to. */
export function minuteOf({ minutes }: HourFigures, at: Millis): Figures {
  const start = bucketOf(at, rollups.narrow)
  const known = minutes.get(start) ?? noFigures()
  minutes.set(start, known)
  return known
}

const Kept = z.object({
  success: z.number(),
  failed: z.number(),
  timed_out: z.number(),
  cancelled: z.number(),
  duration: z.string(),
  queue: z.string(),
})
type Kept = z.infer<typeof Kept>

const readKept = reader(
  'document of figures',
  z.object({
    _id: z.string(),
    domain: z.string(),
    job_id: z.string(),
    start: z.number(),
    rev: z.number(),
    counted: z.array(z.string()),
    hour: Kept,
    minutes: z.array(Kept.extend({ start: z.number() })),
  }),
)

export function readFigures(document: unknown): FigureDocument {
  const { hour, minutes, ...rest } = readKept(document)
  const byMinute = new Map(minutes.map((minute) => [minute.start, figuresOf(minute)]))
  return { ...rest, figures: { hour: figuresOf(hour), minutes: byMinute } }
}

/** The fields of a document that hold figures; `fine`: it still has minutes. */
export function figureFields({ hour, minutes }: HourFigures): Fields {
  const sorted = [...minutes].sort(([one], [other]) => one - other)
  return {
    hour: keptOf(hour),
    minutes: sorted.map(([start, figures]) => ({ start, ...keptOf(figures) })),
    fine: minutes.size > 0 ? 1 : 0,
  }
}

function figuresOf({ success, failed, timed_out, cancelled, duration, queue }: Kept): Figures {
  const figures = noFigures()
  mergeFigures(figures, { ...noFigures(), counts: { success, failed, timed_out, cancelled } })
  readCells(duration, figures.duration)
  readCells(queue, figures.queue)
  return figures
}

const keptOf = ({ counts, duration, queue }: Figures): Kept => ({
  ...counts,
  duration: writeCells(duration),
  queue: writeCells(queue),
})
