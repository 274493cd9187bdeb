import type { Millis } from '../../model/time.ts'
import type { HistoryStore } from '../../ports/history.ts'

/** A step adapts how many runs it removes so that it takes about so long, ms, between these bounds. */
const pleasant: Millis = 4
const fewest = 5
const most = 100
/** Bytes of logs that a step removes at most. */
const logBytes = 1024 * 1024

/**
 * Removes runs: first what is in their logs, then the runs with their output. So a crash between the two leaves runs that are
 * found again, and never a log that nobody can reach.
 */
export class RunRemoval {
  readonly #runs: HistoryStore['runs']
  #batch = fewest

  constructor(history: Pick<HistoryStore, 'runs'>) {
    this.#runs = history.runs
  }

  /** How many runs should be asked to be removed in one step. */
  get batch(): number {
    return this.#batch
  }

  /** One step: some of these runs are gone when it ends. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const begin = performance.now()
    const silent = await this.#runs.removeLogs(ids, logBytes)
    if (silent.length > 0) await this.#runs.remove(silent)
    this.#adapt(performance.now() - begin, silent.length)
  }

  /** What lies on cold pages, or beside much other work, takes longer: then fewer at a time. */
  #adapt(took: Millis, removed: number): void {
    if (took > 2 * pleasant) this.#batch = Math.max(fewest, Math.floor(this.#batch / 2))
    else if (took < pleasant && removed === this.#batch) this.#batch = Math.min(most, this.#batch + 5)
  }
}
