import type { Millis } from '../../model/time.ts'
import type { HistoryStore } from '../../ports/history.ts'
import type { Clock } from '../clock.ts'
import type { Chore } from './chore.ts'
import type { RunRemoval } from './removal.ts'

export interface OldRunsParts {
  readonly history: HistoryStore
  readonly removal: RunRemoval
  readonly clock: Clock
  /** How long a run stays after its end, ms. */
  readonly keepFor: Millis
}

/** Removes runs that ended longer ago than history is kept, and rows of the ledger as old. */
export class OldRuns implements Chore {
  readonly #parts: OldRunsParts

  constructor(parts: OldRunsParts) {
    this.#parts = parts
  }

  async step(): Promise<boolean> {
    const { history, removal, clock, keepFor } = this.#parts
    const before = clock.now() - keepFor
    const { batch } = removal
    const ids = await history.runs.endedBefore(before, null, batch)
    const isDone = await removal.remove(ids)
    const skips = await history.jobs.expireSkips(before, batch)
    return !isDone || ids.length === batch || skips === batch
  }
}
