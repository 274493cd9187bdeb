import type { Statement } from 'better-sqlite3'
import type { Run } from '../../model/run.ts'
import type { Db } from './database.ts'
import { readRun } from './run-rows.ts'

/** As many as a page of 1,000 jobs shows; some 2 kB each. */
const most = 12_000

/**
 * Settled runs that were read lately, by id. Nothing writes a run once it is settled, so one that is kept is never stale;
 * whether it is still there, the list that its id comes from says. What is asked for again and again (the newest runs of a
 * page of jobs) then costs a look at the index instead of a document each.
 */
export class KeptRuns {
  readonly #doc: Statement<[string], string>
  /** The least lately used first. */
  readonly #kept = new Map<string, Run>()

  constructor(db: Db) {
    this.#doc = db.prepare<[string], string>('SELECT doc FROM runs WHERE id = ?').pluck()
  }

  /** A settled run that is there. */
  get(id: string): Run | null {
    const kept = this.#kept.get(id) ?? this.#read(id)
    if (kept === null) return null
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    if (this.#kept.size > most) this.#dropOldest()
    return kept
  }

  #read(id: string): Run | null {
    const doc = this.#doc.get(id)
    return doc === undefined ? null : readRun(doc)
  }

  #dropOldest(): void {
    const oldest = this.#kept.keys().next()
    if (!oldest.done) this.#kept.delete(oldest.value)
  }
}
