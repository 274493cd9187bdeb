import type { Statement } from 'better-sqlite3'
import type { AuditEntry } from '../../model/audit.ts'
import type { Millis } from '../../model/time.ts'
import type { AuditQuery, AuditStore, Page } from '../../ports/store.ts'
import { StoredEntry } from '../audit-entry.ts'
import { firstId } from '../id-time.ts'
import { auditColumns } from './audit-rows.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'
import { merged, type Walk } from './merge.ts'
import { pageOf } from './slices.ts'
import { Statements, type Value } from './statements.ts'

/** How far an entry's time and the time in its id may lie apart, as the port says: clocks differ. ms */
const slack: Millis = 3_600_000

interface Id {
  readonly _id: string
}

/** One list in the order of ids, and what else it is narrowed by. */
interface Source {
  readonly from: string
  readonly rules: readonly string[]
  readonly values: readonly Value[]
}

/** The audit in SQLite; its entries are written by `AuditRows`. */
export class SqliteAudit implements AuditStore {
  readonly #commits: Commits
  readonly #statements: Statements<Id>
  readonly #one: Statement<[string], unknown>
  readonly #expire: Statement<[string, number, number]>
  readonly #nextDomain: Statement<[string], string | null>
  readonly #nextActor: Statement<[string, string], string | null>

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#statements = new Statements(db)
    this.#one = db.prepare<[string], unknown>(`SELECT ${auditColumns} FROM audit WHERE _id = ?`)
    this.#expire = db.prepare(
      `DELETE FROM audit WHERE _id IN (SELECT _id FROM audit WHERE _id < ? AND at < ? ORDER BY _id LIMIT ?)`,
    )
    const byActor = 'FROM audit INDEXED BY audit_of_actor WHERE'
    this.#nextDomain = db.prepare<[string], string | null>(`SELECT min(domain) ${byActor} domain > ?`).pluck()
    this.#nextActor = db
      .prepare<[string, string], string | null>(`SELECT min(actor) ${byActor} domain = ? AND actor > ?`)
      .pluck()
  }

  async list(query: AuditQuery, page: Page): Promise<readonly AuditEntry[]> {
    const walks = this.#sources(query).map((source) => this.#walk(source, query.since, page))
    const sign = page.oldestFirst ? 1 : -1
    return pageOf({
      list: () =>
        merged(walks, page.limit, (one, other) => (one._id < other._id ? -sign : one._id > other._id ? sign : 0)),
      read: ({ _id }) => this.#one.get(_id) ?? null,
      isInPlace: () => true,
      make: (row) => StoredEntry.parse(row),
      pace: page.pace,
    })
  }

  expire(before: Millis, limit: number): Promise<number> {
    return this.#commits.write(() => this.#expire.run(firstId(before + slack), before, limit).changes)
  }

  /** Entries are written in the transactions that they tell of: none is ever left behind. */
  async settle(): Promise<number> {
    return 0
  }

  /** The lists that hold all that is asked for, each entry in one of them. */
  #sources({ domain, actor, object }: AuditQuery): readonly Source[] {
    if (object !== null) {
      const narrowed: [string, Value][] = [['object = ?', object]]
      if (domain !== null) narrowed.push(['domain = ?', domain])
      if (actor !== null) narrowed.push(['actor = ?', actor])
      return [sourceOf('audit INDEXED BY audit_of_object', narrowed)]
    }
    if (domain === null && actor === null) return [sourceOf('audit', [])]
    const domains = domain === null ? this.#all((after) => this.#nextDomain.get(after)) : [domain]
    return domains.flatMap((one) => {
      const actors = actor === null ? this.#all((after) => this.#nextActor.get(one, after)) : [actor]
      return actors.map((name) =>
        sourceOf('audit INDEXED BY audit_of_actor', [
          ['domain = ?', one],
          ['actor = ?', name],
        ]),
      )
    })
  }

  /** Every value that there is: a look at the index for each. */
  #all(next: (after: string) => string | null | undefined): readonly string[] {
    const found: string[] = []
    for (let value = next(''); typeof value === 'string'; value = next(value)) found.push(value)
    return found
  }

  #walk({ from, rules, values }: Source, since: Millis | null, { after, oldestFirst }: Page): Walk<Id> {
    const first = since === null ? '' : firstId(since - slack)
    const bounds = since === null ? ['_id > ?', '_id < ?'] : ['_id > ?', '_id < ?', 'at >= ?']
    const order = oldestFirst ? 'ASC' : 'DESC'
    const sql = `SELECT _id FROM ${from} WHERE ${[...rules, ...bounds].join(' AND ')} ORDER BY _id ${order} LIMIT ?`
    return (reached, limit) => {
      const place = reached?._id ?? after
      const [low, high] = oldestFirst ? [place ?? first, lastId] : [first, place ?? lastId]
      const span = since === null ? [low, high] : [low, high, since]
      return this.#statements.get(sql).all(...values, ...span, limit)
    }
  }
}

/** After every id. */
const lastId = '~'

const sourceOf = (from: string, narrowed: readonly (readonly [rule: string, value: Value])[]): Source => ({
  from,
  rules: narrowed.map(([rule]) => rule),
  values: narrowed.map(([, value]) => value),
})
