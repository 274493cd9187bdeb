import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'
import type { Value } from './statements.ts'

/**
 * Updates of documents that name only the columns that changed: SQLite rewrites each index that a SET names, changed or
 * not. Each is a compare-and-set on `rev`.
 */
export class RowUpdates {
  readonly #db: Db
  readonly #verb: string
  readonly #columns: readonly string[]
  readonly #known = new Map<number, Statement<Value[]>>()

  /** @param verb `UPDATE runs` for instance @param columns those that change in a document's life, in the order of the values */
  constructor(db: Db, verb: string, columns: readonly string[]) {
    this.#db = db
    this.#verb = verb
    this.#columns = columns
  }

  /** Whether it won. @param old the columns' values as they were at `before.rev` */
  write(
    [before, old]: readonly [{ readonly _id: string; readonly rev: number }, readonly Value[]],
    [after, values]: readonly [{ readonly rev: number }, readonly Value[]],
  ): boolean {
    let mask = 0
    const set: Value[] = [after.rev]
    values.forEach((value, at) => {
      if (value === old[at]) return
      mask |= 1 << at
      set.push(value)
    })
    const update = this.#known.get(mask) ?? this.#prepared(mask)
    return update.run(...set, JSON.stringify(after), before._id, before.rev).changes === 1
  }

  #prepared(mask: number): Statement<Value[]> {
    const named = this.#columns.filter((_, at) => mask & (1 << at)).map((column) => `${column} = ?, `)
    const update = this.#db.prepare<Value[]>(
      `${this.#verb} SET rev = ?, ${named.join('')}doc = ? WHERE id = ? AND rev = ?`,
    )
    this.#known.set(mask, update)
    return update
  }
}
