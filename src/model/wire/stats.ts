import { z } from 'zod'
import { sketchError } from '../sketch.ts'
import { time } from './time.ts'

const error = `${(sketchError * 100).toFixed(1)} %`
export const QuantilesDocument = z
  .object({ p50: z.number().nullable(), p95: z.number().nullable() })
  .describe(`Seconds, by nearest rank, within ${error}; null where no run counts.`)

/** Ended runs by outcome, and how long they took, by time. */
export const StatsDocument = z
  .object({
    since: time.describe('Where the first bucket begins.'),
    until: time.describe('Where the last bucket ends.'),
    bucket: z.int().describe('The width of a bucket in seconds.'),
    buckets: z.array(
      z.object({
        start: time,
        total: z.int(),
        success: z.int(),
        failed: z.int(),
        timed_out: z.int(),
        cancelled: z.int(),
        duration: QuantilesDocument.describe(
          `From the first start to the end, of runs that started. Seconds, within ${error}.`,
        ),
        queue: QuantilesDocument.describe(`As queue_latency_ms of a run, but in seconds, within ${error}.`),
      }),
    ),
  })
  .meta({ id: 'RunStats' })

/** Planned ticks by time. */
export const PlannedDocument = z
  .object({
    since: time.describe('Where the first bucket begins.'),
    until: time.describe('Before this, all planned ticks are counted.'),
    bucket: z.int().describe('The width of a bucket in seconds.'),
    buckets: z.array(z.object({ start: time, planned: z.int() })),
  })
  .meta({ id: 'PlannedTicks' })
export type PlannedDocument = z.infer<typeof PlannedDocument>
export type QuantilesDocument = z.infer<typeof QuantilesDocument>
export type StatsDocument = z.infer<typeof StatsDocument>
