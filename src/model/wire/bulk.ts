import { z } from 'zod'
import { runStatuses } from '../run-status.ts'

/** What an act would be done to: nothing is done yet. */
const preview = <Sample extends z.ZodType>(sample: Sample) =>
  z.object({
    matched: z.int(),
    sample: z.array(sample).describe('The newest of them.'),
    confirm: z
      .string()
      .describe('To be sent with the same request: it holds for a few minutes, for this token, and for what matched.'),
  })

export const JobsPreview = preview(z.object({ id: z.string(), name: z.string() })).meta({ id: 'JobsPreview' })
export type JobsPreview = z.infer<typeof JobsPreview>

export const RunsPreview = preview(
  z.object({ id: z.string(), job_id: z.string(), name: z.string(), status: z.enum(runStatuses) }),
).meta({ id: 'RunsPreview' })
export type RunsPreview = z.infer<typeof RunsPreview>

/** How an act upon many things went. */
export const BulkResult = z
  .object({
    matched: z.int(),
    done: z.int(),
    failed: z.array(z.object({ id: z.string(), detail: z.string() })).describe('At most 1,000 of them.'),
  })
  .meta({ id: 'BulkResult' })
export type BulkResult = z.infer<typeof BulkResult>
