import { z } from 'zod'

/** A domain as it is answered. */
export const DomainDocument = z
  .object({
    domain: z.string(),
    display_name: z.string().nullable(),
    description: z.string().nullable(),
    jobs_count: z.int(),
    runs_count: z.int(),
    workers_count: z.int(),
  })
  .meta({ id: 'Domain' })
export type DomainDocument = z.infer<typeof DomainDocument>

/** A domain was made or changed. */
export const DomainAnswer = z
  .object({ ok: z.literal(true), domain: z.string(), token: z.string().nullable().describe('Shown once.') })
  .meta({ id: 'DomainAnswer' })
export type DomainAnswer = z.infer<typeof DomainAnswer>

export const DomainsDocument = z.object({ domains: z.array(DomainDocument) })
export type DomainsDocument = z.infer<typeof DomainsDocument>

/** Something was done, and there is nothing else to say. */
export const DoneDocument = z.object({ ok: z.literal(true) })
export type DoneDocument = z.infer<typeof DoneDocument>
