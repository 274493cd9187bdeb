import { z } from 'zod'

/** RFC 9457. */
export const Problem = z
  .object({
    /** Ends in the error's code: `urn:hydra:error:NOT_FOUND`. */
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
