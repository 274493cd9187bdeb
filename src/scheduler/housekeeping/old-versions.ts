import { needlessUpTo } from '../../model/retention.ts'
import type { Millis } from '../../model/time.ts'
import type { HistoryStore, ReplacedVersion, VersionPlace } from '../../ports/history.ts'
import type { Clock } from '../clock.ts'
import type { Chore } from './chore.ts'

/** Versions that one step looks at. */
const looked = 100

/** Removes versions of jobs that were replaced long ago and that no run has. All are walked over, a few with each step. */
export class OldVersions implements Chore {
  readonly #history: HistoryStore
  readonly #clock: Clock
  readonly #keepFor: Millis
  #after: VersionPlace | null = null

  /** @param keepFor how long a version stays after it was replaced, ms */
  constructor(history: HistoryStore, clock: Clock, keepFor: Millis) {
    this.#history = history
    this.#clock = clock
    this.#keepFor = keepFor
  }

  async step(): Promise<boolean> {
    const { replaced, next } = await this.#history.jobs.replacedVersions(this.#after, looked)
    const before = this.#clock.now() - this.#keepFor
    const old = Map.groupBy(
      replaced.filter(({ replaced_at }) => replaced_at < before),
      ({ job_id }) => job_id,
    )
    for (const [jobId, versions] of old) await this.#forgetNeedless(jobId, versions, before)
    this.#after = next
    return old.size > 0 && next !== null
  }

  async #forgetNeedless(jobId: string, versions: readonly ReplacedVersion[], before: Millis): Promise<void> {
    const oldest = await this.#history.runs.oldestOf(jobId)
    const upTo = needlessUpTo(versions, oldest?.created_at ?? null, before)
    if (upTo !== null) await this.#history.jobs.forgetVersions(jobId, upTo)
  }
}
