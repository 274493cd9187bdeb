import { leftoversStayFor } from '../../model/retention.ts'
import type { HistoryStore, JobPlace } from '../../ports/history.ts'
import type { Clock } from '../clock.ts'
import type { Chore } from './chore.ts'

/** Deleted jobs that one step looks at, and documents of one that it removes. */
const looked = 50
const removed = 100

/** Removes what is left of deleted jobs whose last run is gone. All of them are walked over, a few with each step. */
export class DeletedJobs implements Chore {
  readonly #history: HistoryStore
  readonly #clock: Clock
  #after: JobPlace | null = null

  constructor(history: HistoryStore, clock: Clock) {
    this.#history = history
    this.#clock = clock
  }

  async step(): Promise<boolean> {
    const before = this.#clock.now() - leftoversStayFor
    const page = await this.#history.jobs.deleted({ domain: null, before, after: this.#after, limit: looked })
    let some = false
    for (const job of page) {
      if (job.isOpen || (await this.#history.runs.oldestOf(job._id)) !== null) continue
      some = true
      // The walk goes on behind it when it is gone, and not before.
      if (!(await this.#history.jobs.forget(job, removed))) return true
    }
    this.#after = page.length === looked ? (page.at(-1) ?? null) : null
    return some && this.#after !== null
  }
}
