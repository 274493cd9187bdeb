import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** Free pages that stay for what comes: this part of the file, and at least so many. A page has 4 KiB. */
const spare = { part: 1 / 4, pages: 4096 }
/** Pages that one step gives back: each is filled from the file's end, which costs about as much as writing it. */
const step = 32

/**
 * Gives pages that nothing uses any more back to the file system, a few at a time, from the end of the file. A file that was
 * made without `auto_vacuum` keeps them, for what comes.
 */
export class Freed {
  readonly #db: Db
  readonly #commits: Commits
  readonly #canShrink: boolean

  constructor(db: Db, commits: Commits) {
    this.#db = db
    this.#commits = commits
    this.#canShrink = numberOf(db, 'auto_vacuum') === 2
  }

  /** One step; whether there is more. */
  async giveBack(): Promise<boolean> {
    if (!this.#canShrink || this.#surplus() <= 0) return false
    // `exec` and not a statement: that one is stepped once, and the pragma frees one page with each step.
    await this.#commits.write(() => {
      this.#db.exec(`PRAGMA incremental_vacuum(${step})`)
    })
    return this.#surplus() > 0
  }

  #surplus(): number {
    const [free, all] = [numberOf(this.#db, 'freelist_count'), numberOf(this.#db, 'page_count')]
    return free - Math.max(spare.pages, all * spare.part)
  }
}

const numberOf = (db: Db, pragma: string): number => Number(db.pragma(pragma, { simple: true }))
