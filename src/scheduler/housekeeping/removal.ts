import type { HistoryStore } from '../../ports/history.ts'

/** Bytes of logs that a step removes at most. */
const logBytes = 512 * 1024

/**
 * Removes runs: first what is in their logs, then the runs with their output. So a crash between the two leaves runs that are
 * found again, and never a log that nobody can reach.
 */
export class RunRemoval {
  /** How many runs a step is asked to remove. The store does fewer where they would take too long. */
  readonly batch = 100
  readonly #runs: HistoryStore['runs']

  constructor(history: Pick<HistoryStore, 'runs'>) {
    this.#runs = history.runs
  }

  /** One step: some of these runs, at least one or a piece of its log, are gone when it ends. Whether all are. */
  async remove(ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return true
    const silent = await this.#runs.removeLogs(ids, logBytes)
    const removed = silent.length > 0 ? await this.#runs.remove(silent) : 0
    return removed === ids.length
  }
}
