import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'

export type Value = string | number | null

/** Statements that are put together from a query's filters, all with rows of one shape; each text is prepared once. */
export class Statements<Row> {
  readonly #db: Db
  readonly #isPlucked: boolean
  readonly #known = new Map<string, Statement<Value[], Row>>()

  /** @param isPlucked a row is its one column: half the cost of an object, of which a page has a thousand */
  constructor(db: Db, isPlucked = false) {
    this.#db = db
    this.#isPlucked = isPlucked
  }

  get(sql: string): Statement<Value[], Row> {
    const known = this.#known.get(sql)
    if (known !== undefined) return known
    const made = this.#db.prepare<Value[], Row>(sql)
    if (this.#isPlucked) made.pluck()
    this.#known.set(sql, made)
    return made
  }
}
