import { z } from 'zod'
import { tickOutcomes } from '../ledger.ts'
import { runStatuses } from '../run-status.ts'
import { time } from './time.ts'

/** The next ticks of a schedule. */
export const PreviewDocument = z.object({
  ticks: z.array(z.object({ at: time, local: z.string(), note: z.string().nullable() })),
})
export type PreviewDocument = z.infer<typeof PreviewDocument>

/** What came of a tick, or of each tick of an unbroken series that had no run for one cause. */
export const TickDocument = z
  .object({
    outcome: z.enum(tickOutcomes).describe('`late`: it ran, but was decided more than a second after its time.'),
    from: time.describe('The tick; of a series the first.'),
    to: time.describe('The last tick of a series.'),
    count: z.int(),
    reason: z.string().nullable(),
    run_id: z.string().nullable().describe('Its run.'),
    status: z.enum(runStatuses).nullable().describe("Its run's."),
    of: z.string().nullable().describe('The run that stood in its way, or that its run waits for.'),
  })
  .meta({ id: 'Tick' })
export type TickDocument = z.infer<typeof TickDocument>
