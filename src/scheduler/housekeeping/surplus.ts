import { requestOf, surplusStaysFor } from '../../model/retention.ts'
import type { Millis } from '../../model/time.ts'
import type { HistoryStore, Keeper } from '../../ports/history.ts'
import type { Clock } from '../clock.ts'
import type { Chore } from './chore.ts'
import type { RunRemoval } from './removal.ts'

/** Jobs that one step of the walk looks at, and jobs that one step asks whether they keep a number. */
const walked = 100
const asked = 500
/** Requests that were cut off and are not forgotten yet: more than these are not looked at. */
const mostUnanswered = 1000

export interface SurplusParts {
  readonly history: HistoryStore
  readonly removal: RunRemoval
  readonly clock: Clock
}

/** When runs of a job ended that were not looked at yet. */
interface Ended {
  readonly first: Millis
  readonly last: Millis
}

/**
 * Removes what jobs have beyond `keep_runs`. A job is looked at a moment after a run of it ended; and all that keep a number
 * are walked over, a few at a time: the number may have been changed, or this process was not there when the run ended.
 */
export class Surplus implements Chore {
  readonly #parts: SurplusParts
  readonly #ended = new Map<string, Ended>()
  /** Jobs that have too many runs, as far as is known. */
  readonly #full = new Map<string, Keeper>()
  #after: string | null = null

  constructor(parts: SurplusParts) {
    this.#parts = parts
  }

  /** Runs of these jobs ended just now. */
  ended(jobIds: Iterable<string>): void {
    const now = this.#parts.clock.now()
    for (const id of jobIds) this.#ended.set(id, { first: this.#ended.get(id)?.first ?? now, last: now })
  }

  async step(): Promise<boolean> {
    const { removal } = this.#parts
    const due = this.#due()
    if (due.length > 0) this.#fill(await this.#parts.history.runs.keeping(due))
    if (this.#full.size === 0) this.#fill(await this.#walk())
    const ids: string[] = []
    for (const keeper of [...this.#full.values()]) {
      if (ids.length >= removal.batch) break
      this.#full.delete(keeper.job_id)
      const found = await this.#surplusOf(keeper, removal.batch - ids.length)
      ids.push(...found)
      // Perhaps there is more; behind the others, so that each has its turn.
      if (found.length > 0) this.#full.set(keeper.job_id, keeper)
    }
    await removal.remove(ids)
    return this.#full.size > 0 || due.length === asked
  }

  #fill(keepers: readonly Keeper[]): void {
    for (const keeper of keepers) this.#full.set(keeper.job_id, keeper)
  }

  /** Some jobs whose first run that was not looked at may go by now; one with a later run comes again. */
  #due(): readonly string[] {
    const before = this.#parts.clock.now() - surplusStaysFor
    const due: string[] = []
    for (const [id, { first, last }] of this.#ended) {
      if (due.length === asked) break
      if (first > before) continue
      due.push(id)
      if (last <= before) this.#ended.delete(id)
      else this.#ended.set(id, { first: last, last })
    }
    return due
  }

  async #walk(): Promise<readonly Keeper[]> {
    const page = await this.#parts.history.runs.keeping({ after: this.#after, limit: walked })
    this.#after = page.length === walked ? (page.at(-1)?.job_id ?? null) : null
    return page
  }

  /** Without those that a repeat of a request that was cut off would make again if it did not find them. */
  async #surplusOf(keeper: Keeper, limit: number): Promise<readonly string[]> {
    const { history, clock } = this.#parts
    const ids = await history.runs.surplus(keeper, clock.now() - surplusStaysFor, limit)
    if (ids.length === 0) return ids
    const unanswered = new Set((await history.runs.unanswered(mostUnanswered)).map(requestOf))
    return unanswered.size === 0 ? ids : ids.filter((id) => !unanswered.has(requestOf(id)))
  }
}
