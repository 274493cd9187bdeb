import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'
import { type Disk, diskOf } from './disk.ts'

interface Write {
  /** Applies the write inside the open transaction; the answer tells the caller, once it is on the disk. */
  readonly apply: () => () => void
  readonly reject: (reason: unknown) => void
}

/** A write that is committed, and not yet on the disk. */
interface Committed {
  readonly tell: () => void
  readonly reject: (reason: unknown) => void
}

export type CommitTold = (ms: number, writes: number) => void

/** A transaction is committed after this many ms of work, so that a flood of writes does not hold the event loop. */
const budget = 20

/**
 * Grouped commits: what is written in one turn of the event loop shares one transaction, and one sync of the disk, in the
 * order it was asked for. The sync is waited for, not worked at: meanwhile others read, and what is written is gathered for
 * the next group. A promise resolves after the sync, so a crash before it loses only what nobody was told.
 */
export class Commits {
  readonly #db: Db
  readonly #disk: Disk
  readonly #begin: Statement<[]>
  readonly #commit: Statement<[]>
  readonly #rollback: Statement<[]>
  readonly #told: CommitTold
  #queue: Write[] = []
  #scheduled = false
  /** The one sync that is under way. */
  #syncing: Promise<void> | null = null
  #closing: Promise<void> | null = null
  /** Why nothing is written any more: a sync failed, and what the disk has is not known. */
  #fault: Error | null = null

  /** @param told hears of each group what it took until it was on the disk, ms, and how many writes were in it */
  constructor(db: Db, told: CommitTold = () => {}, disk: Disk = diskOf(db)) {
    this.#db = db
    this.#disk = disk
    this.#told = told
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollback = db.prepare('ROLLBACK')
  }

  /**
   * Queues a write. `apply` changes the database only, and may be applied a second time after a rollback.
   * Rejects with what `apply` threw, or with why the commit failed. Where the disk failed it may still stand.
   */
  write<T>(apply: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== null) return reject(new Error('The store is closed.'))
      if (this.#fault !== null) return reject(this.#fault)
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

  /** Resolves when all that can be read now is on the disk. Rejects where that is not known. */
  async settled(): Promise<void> {
    await this.#syncing
    if (this.#fault !== null) throw this.#fault
  }

  /** Writes what is queued, and closes the database. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#syncing
    while (this.#queue.length > 0) {
      this.#flush()
      await this.#syncing
    }
    this.#disk.close()
    this.#db.close()
  }

  #schedule(): void {
    // A group that waits for the disk calls for the next one when it is through.
    if (this.#scheduled || this.#syncing !== null) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#queue.length === 0 || this.#closing !== null) return
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #flush(): void {
    const from = performance.now()
    const committed = this.#committed()
    if (committed.length > 0) this.#syncing = this.#toDisk(committed, from)
  }

  /** Never rejects. */
  async #toDisk(committed: readonly Committed[], from: number): Promise<void> {
    try {
      await this.#disk.sync()
    } catch (error) {
      this.#fail(committed, error)
      return
    } finally {
      this.#syncing = null
    }
    this.#told(performance.now() - from, committed.length)
    for (const { tell } of committed) tell()
    if (this.#queue.length > 0 && this.#closing === null) this.#schedule()
  }

  /**
   * What a failed sync left out is given up by the system, and a second sync that succeeds says nothing of it. So nothing is
   * promised any more by this process: the next one reads what there is.
   */
  #fail(committed: readonly Committed[], cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause)
    this.#fault = new Error(`${this.#db.name} could not be written to the disk (${why}); restart when it is mended.`, {
      cause,
    })
    for (const { reject } of [...committed, ...this.#queue.splice(0)]) reject(this.#fault)
  }

  /** One transaction of what is queued, as much as the budget allows. */
  #committed(): readonly Committed[] {
    const committed: Committed[] = []
    let taken = 0
    let inApply = false
    try {
      this.#begin.run()
      const until = performance.now() + budget
      inApply = true
      for (const { apply, reject } of this.#queue) {
        taken += 1
        committed.push({ tell: apply(), reject })
        if (performance.now() > until) break
      }
      inApply = false
      this.#commit.run()
    } catch (error) {
      this.#undo()
      // One of them threw: each is tried by itself, so that it alone fails. Else all share the fate of their transaction.
      if (inApply && taken > 0) return this.#oneByOne(this.#queue.splice(0, taken))
      for (const write of this.#queue.splice(0)) write.reject(error)
      return []
    }
    this.#queue.splice(0, taken)
    return committed
  }

  /** The slow way, for a group in which one write throws. */
  #oneByOne(writes: readonly Write[]): readonly Committed[] {
    const committed: Committed[] = []
    let standing = writes
    try {
      this.#begin.run()
      standing = writes.filter((write) => {
        this.#db.exec('SAVEPOINT one')
        try {
          committed.push({ tell: write.apply(), reject: write.reject })
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
      return []
    }
    return committed
  }

  #undo(): void {
    if (this.#db.inTransaction) this.#rollback.run()
  }
}
