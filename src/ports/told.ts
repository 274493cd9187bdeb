import type { AuditEntry } from '../model/audit.ts'

/**
 * What a change is told as in the audit, given to the write that is the change: a change never stands without its entry for
 * long, nor does an entry stand of what lost. SQLite: both in one transaction. Mongo: the entry rides in the changed document,
 * pushed to its `audit` by the same update, where no later write may replace it; then it is upserted into the collection `audit`
 * by _id, and pulled. What a crash left is finished by `settle`. Before a deletion the entry is upserted, for there is no
 * document left that it could ride in; and removed where the deletion found nothing.
 */
export type Told = AuditEntry | null
