import { z } from 'zod'
import { time } from './time.ts'

/** The next ticks of a schedule. */
export const PreviewDocument = z.object({
  ticks: z.array(z.object({ at: time, local: z.string(), note: z.string().nullable() })),
})
export type PreviewDocument = z.infer<typeof PreviewDocument>
