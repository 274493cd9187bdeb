import { z } from 'zod'

/** `{id}` of a job or a run: opaque. */
export const idParam = z.object({ id: z.string().max(1000) })

export const workerParam = z.object({ id: z.string().max(1000).describe("The worker's id.") })

export const domainParam = z.object({ domain: z.string().max(1000) })

export const tokenParam = domainParam.extend({ id: z.string().max(1000).describe("The token's id.") })

/** A flag of a query. */
export const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean({ error: 'must be true or false' }),
)
