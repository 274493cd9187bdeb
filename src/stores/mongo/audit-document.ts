import type { Document } from 'mongodb'
import { z } from 'zod'
import { type AuditEntry, auditActions } from '../../model/audit.ts'
import { type Fields, reader, type Stored } from './stored.ts'

/** What of an entry was before and is now: as text, for the names in it are free. */
const values = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : z.record(z.string(), z.unknown()).parse(JSON.parse(text))))

const Entry = z.object({
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
export const readEntry: (document: unknown) => AuditEntry = reader('entry of the audit', Entry)

const written = (given: AuditEntry['before']): string | null => (given === null ? null : JSON.stringify(given))
export const entryDocument = (entry: AuditEntry): Stored => ({
  ...entry,
  before: written(entry.before),
  after: written(entry.after),
})

/** Field of a new document with an entry in it. */
export const carrying = (entry: AuditEntry | null): Fields => (entry === null ? {} : { audit: [entryDocument(entry)] })
/** Part of an update with which an entry gets into a document. */
export const carry = (entry: AuditEntry | null): Document =>
  entry === null ? {} : { $push: { audit: entryDocument(entry) } }
