import type { Document } from 'mongodb'
import type { AuditEntry } from '../../model/audit.ts'
import { StoredEntry, storedEntry } from '../audit-entry.ts'
import { type Fields, reader } from './stored.ts'

export const readEntry: (document: unknown) => AuditEntry = reader('entry of the audit', StoredEntry)

/** Field of a new document with an entry in it. */
export const carrying = (entry: AuditEntry | null): Fields => (entry === null ? {} : { audit: [storedEntry(entry)] })
/** Part of an update with which an entry gets into a document. */
export const carry = (entry: AuditEntry | null): Document =>
  entry === null ? {} : { $push: { audit: storedEntry(entry) } }
