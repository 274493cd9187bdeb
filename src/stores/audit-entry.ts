import { z } from 'zod'
import { type AuditEntry, auditActions } from '../model/audit.ts'

/** What of an entry was before and is now: as text, for the names in it are free. */
const values = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : z.record(z.string(), z.unknown()).parse(JSON.parse(text))))

/** An entry of the audit as stores keep it. */
export const StoredEntry = z.object({
  _id: z.string(),
  at: z.number(),
  domain: z.string(),
  actor: z.string(),
  token_id: z.string().nullable(),
  action: z.enum(auditActions),
  object: z.string(),
  before: values,
  after: values,
  address: z.string().nullable(),
  agent: z.string().nullable(),
})

const written = (given: AuditEntry['before']): string | null => (given === null ? null : JSON.stringify(given))

/** An entry as it is to be stored. */
export const storedEntry = (entry: AuditEntry) => ({
  ...entry,
  before: written(entry.before),
  after: written(entry.after),
})
