import type { Filter } from 'mongodb'
import type { AuditEntry } from '../../model/audit.ts'
import type { Millis } from '../../model/time.ts'
import type { AuditQuery, AuditStore, Page } from '../../ports/store.ts'
import { firstId } from '../id-time.ts'
import { readEntry } from './audit-document.ts'
import type { AuditWrites } from './audit-writes.ts'
import { asked } from './gate.ts'
import { removeSome } from './removal.ts'
import type { Documents, Stored } from './stored.ts'

/** How far an entry's time and the time in its id may lie apart, as the port says: clocks differ. ms */
const slack: Millis = 3_600_000

type Keys = Readonly<Record<string, 1>>

/** The audit in MongoDB, in the order of its ids, which is that of time. */
export class MongoAudit implements AuditStore {
  readonly #entries: Documents
  readonly #writes: AuditWrites

  constructor(entries: Documents, writes: AuditWrites) {
    this.#entries = entries
    this.#writes = writes
  }

  async list(query: AuditQuery, page: Page): Promise<readonly AuditEntry[]> {
    if (page.limit <= 0) return []
    const { since, domain, actor, object } = query
    const equal = Object.fromEntries(Object.entries({ domain, actor, object }).filter(([, value]) => value !== null))
    const place = page.after === null ? [] : [{ _id: { [page.oldestFirst ? '$gt' : '$lt']: page.after } }]
    const from = since === null ? [] : [{ _id: { $gte: firstId(since - slack) } }, { at: { $gte: since } }]
    const rules: Filter<Stored>[] = [equal, ...place, ...from]
    const sort = { _id: page.oldestFirst ? 1 : -1 } as const
    const options = { sort, limit: page.limit, hint: { ...indexFor(query) } }
    return (await asked(() => this.#entries.find({ $and: rules }, options).toArray())).map(readEntry)
  }

  expire(before: Millis, limit: number): Promise<number> {
    const rules = { _id: { $lt: firstId(before + slack) }, at: { $lt: before } }
    return removeSome(this.#entries, rules, limit, { sort: { _id: 1 } })
  }

  settle(limit: number): Promise<number> {
    return this.#writes.settle(limit)
  }
}

/** The index that a query is read from. An object's entries are few, whoever made them. */
function indexFor({ domain, actor, object }: AuditQuery): Keys {
  if (object !== null) return { object: 1, _id: 1 }
  if (actor !== null) return { ...(domain !== null && { domain: 1 }), actor: 1, _id: 1 }
  return domain === null ? { _id: 1 } : { domain: 1, _id: 1 }
}
