import { z } from 'zod'

/**
 * A row of the ledger of ticks: an unbroken series of ticks that had no run, for one cause. `from` and `to` are the
 * first and the last of them (ms); `of` is the run that stood in the way, where one did.
 */
export const Skip = z.object({
  _id: z.string(),
  job_id: z.string(),
  domain: z.string(),
  from: z.number(),
  to: z.number(),
  count: z.number(),
  outcome: z.enum(['skipped', 'missed']),
  reason: z.string(),
  of: z.string().nullable(),
})
export type Skip = z.infer<typeof Skip>
