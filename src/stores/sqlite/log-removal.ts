import type { Statement } from 'better-sqlite3'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

interface Place {
  readonly attempt: number
  readonly seq: number
  readonly size: number
}

/** What a chunk costs besides its bytes, so that many small ones count too. Bytes. */
const overhead = 256
/** Chunks that are looked at in one go. */
const page = 64

/** Removes the chunks of runs in small pieces: SQLite visits each page that it frees. */
export class LogRemoval {
  readonly #commits: Commits
  readonly #first: Statement<[string, number], Place>
  readonly #remove: Statement<[string, number, number]>

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#first = db.prepare('SELECT attempt, seq, size FROM chunks WHERE run_id = ? ORDER BY attempt, seq LIMIT ?')
    this.#remove = db.prepare('DELETE FROM chunks WHERE run_id = ? AND (attempt, seq) <= (?, ?)')
  }

  /** The runs that have none left, when about `bytes` are removed. */
  async remove(runIds: readonly string[], bytes: number): Promise<readonly string[]> {
    const talkative = runIds.filter((id) => this.#first.all(id, 1).length > 0)
    // Most runs say nothing: then there is nothing to write.
    if (talkative.length === 0) return runIds
    return this.#commits.write(() => {
      const left = new Set(talkative)
      let room = bytes
      for (const id of talkative) {
        room = this.#removeOf(id, room)
        if (room <= 0) break
        left.delete(id)
      }
      return runIds.filter((id) => !left.has(id))
    })
  }

  /** What is left of the room; nothing where the run may have more. */
  #removeOf(runId: string, bytes: number): number {
    let room = bytes
    for (;;) {
      const chunks = this.#first.all(runId, page)
      const last = chunks.find(({ size }) => {
        room -= size + overhead
        return room <= 0
      })
      const upTo = last ?? chunks.at(-1)
      if (upTo === undefined) return room
      this.#remove.run(runId, upTo.attempt, upTo.seq)
      if (room <= 0) return 0
    }
  }
}
