import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'

interface Write {
  /** Applies the write inside the open transaction; the answer tells the caller, once it is committed. */
  readonly apply: () => () => void
  readonly reject: (reason: unknown) => void
}

export type CommitTold = (ms: number, writes: number) => void

/** A transaction is committed after this many ms of work, so that a flood of writes does not hold the event loop. */
const budget = 20

/**
 * Grouped commits: what is written in one turn of the event loop shares one transaction and one fsync, in the order it
 * was asked for. A promise resolves after the commit, so a crash before it loses only what nobody was told.
 */
export class Commits {
  readonly #db: Db
  readonly #begin: Statement<[]>
  readonly #commit: Statement<[]>
  readonly #rollback: Statement<[]>
  readonly #told: CommitTold
  #queue: Write[] = []
  #scheduled = false

  /** @param told hears of each commit what it took, ms, and how many writes were in it */
  constructor(db: Db, told: CommitTold = () => {}) {
    this.#db = db
    this.#told = told
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollback = db.prepare('ROLLBACK')
  }

  /**
   * Queues a write. `apply` changes the database only, and may be applied a second time after a rollback.
   * Rejects with what `apply` threw, or with why the commit failed.
   */
  write<T>(apply: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#db.open) return reject(new Error('The store is closed.'))
      this.#queue.push({
        apply: () => {
          const value = apply()
          return () => resolve(value)
        },
        reject,
      })
      this.#schedule()
    })
  }

  /** Writes what is queued, and closes the database. */
  close(): void {
    while (this.#queue.length > 0) this.#flush()
    this.#db.close()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#queue.length === 0) return
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #flush(): void {
    const tells: (() => void)[] = []
    let taken = 0
    let inApply = false
    const from = performance.now()
    try {
      this.#begin.run()
      const until = from + budget
      inApply = true
      for (const write of this.#queue) {
        taken += 1
        tells.push(write.apply())
        if (performance.now() > until) break
      }
      inApply = false
      this.#commit.run()
    } catch (error) {
      this.#undo()
      // One of them threw: each is tried by itself, so that it alone fails. Else all share the fate of their transaction.
      if (inApply && taken > 0) this.#oneByOne(this.#queue.splice(0, taken))
      else for (const write of this.#queue.splice(0)) write.reject(error)
      return
    }
    this.#queue.splice(0, taken)
    this.#told(performance.now() - from, taken)
    for (const tell of tells) tell()
  }

  /** The slow way, for a group in which one write throws. */
  #oneByOne(writes: readonly Write[]): void {
    const tells: (() => void)[] = []
    let standing = writes
    try {
      this.#begin.run()
      standing = writes.filter((write) => {
        this.#db.exec('SAVEPOINT one')
        try {
          tells.push(write.apply())
          this.#db.exec('RELEASE one')
          return true
        } catch (error) {
          // A full disk rolls back all of the transaction by itself; then there is none of it left to go on with.
          if (!this.#db.inTransaction) throw error
          this.#db.exec('ROLLBACK TO one; RELEASE one')
          write.reject(error)
          return false
        }
      })
      this.#commit.run()
    } catch (error) {
      this.#undo()
      for (const write of standing) write.reject(error)
      return
    }
    for (const tell of tells) tell()
  }

  #undo(): void {
    if (this.#db.inTransaction) this.#rollback.run()
  }
}
