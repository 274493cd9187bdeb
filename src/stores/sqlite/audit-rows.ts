import type { Statement } from 'better-sqlite3'
import type { AuditEntry } from '../../model/audit.ts'
import { storedEntry } from '../audit-entry.ts'
import type { Db } from './database.ts'
import type { Value } from './statements.ts'

/** The columns of `audit`, in one order for names and values. */
export const auditColumns = '_id, at, domain, actor, token_id, action, object, "before", "after", address, agent'

/** Writes rows of `audit`, inside of the write that each tells of: both are in one transaction. */
export class AuditRows {
  readonly #insert: Statement<Value[]>

  constructor(db: Db) {
    const values = auditColumns.split(',').map(() => '?')
    this.#insert = db.prepare(
      `INSERT INTO audit (${auditColumns}) VALUES (${values.join(', ')}) ON CONFLICT DO NOTHING`,
    )
  }

  put(entry: AuditEntry | null | undefined): void {
    if (!entry) return
    const { _id, at, domain, actor, token_id, action, object, before, after, address, agent } = storedEntry(entry)
    this.#insert.run(_id, at, domain, actor, token_id, action, object, before, after, address, agent)
  }
}
