import { z } from 'zod'

export const HealthDocument = z.object({ status: z.literal('ok'), workers: z.int(), pending_jobs: z.int() })
export const ReadyDocument = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
})

export type HealthDocument = z.infer<typeof HealthDocument>
export type ReadyDocument = z.infer<typeof ReadyDocument>
