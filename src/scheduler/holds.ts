import { type LiveRuns, overlapHold } from '../model/overlap.ts'
import type { Run, RunChange } from '../model/run.ts'
import { heldFor } from '../model/run-life.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Submission } from './submission.ts'

const tries = 10
/** How many held runs one step of the walk looks at. */
const walkBatch = 500

export interface HoldsParts {
  readonly store: Store
  readonly submission: Submission
  readonly log: Log
}

/**
 * Runs that wait until the earlier ones of their job are over. A hold ends in one of three ways: at once, by this loop,
 * where this process knows of it; as what follows the run waited for, by the effects loop, before that run is settled; and
 * by the walk of the reconcile loop, whatever died in between or was removed.
 */
export class Holds extends Loop {
  readonly #parts: HoldsParts
  /** Runs that others wait for, as far as this process knows. */
  #awaited = new Set<string>()
  #found = new Set<string>()
  /** Jobs of which one of those ended. */
  #jobs = new Set<string>()
  /** Where the walk stands; null: at the beginning. */
  #after: Run | null = null

  constructor(parts: HoldsParts) {
    super({ name: 'holds', every: 10_000, log: parts.log })
    this.#parts = parts
  }

  /** Runs that are to wait for earlier ones, with what each waits for now. Nothing is written. */
  async held(runs: readonly Run[]): Promise<readonly Run[]> {
    if (runs.length === 0) return []
    const live = await this.#parts.store.runs.liveOfJobs(runs.map((run) => run.job_id))
    return runs.map((run) => ({ ...run, hold: overlapHold(run, live.get(run.job_id) ?? null) }))
  }

  /** These were written as held. What they wait for may have ended before the write, and then nobody looked for them. */
  async written(runs: readonly Run[]): Promise<void> {
    for (const { hold } of runs) if (hold?.of) this.#awaited.add(hold.of)
    await this.look(runs.map((run) => run.job_id))
  }

  /** These are final: what waits for one of them goes on. */
  ended(runs: readonly Run[]): void {
    const awaited = runs.filter((run) => this.#awaited.delete(run._id))
    for (const run of awaited) this.#jobs.add(run.job_id)
    if (awaited.length > 0) this.wake()
  }

  async runOnce(): Promise<Pass> {
    const jobs = [...this.#jobs]
    await this.look(jobs)
    for (const job of jobs) this.#jobs.delete(job)
    return { more: false }
  }

  /** Looks at all that is held of these jobs: what nothing stands before is released, what waits for another run says so. */
  async look(jobIds: readonly string[]): Promise<void> {
    const { store } = this.#parts
    let jobs: readonly string[] = [...new Set(jobIds)]
    for (let left = tries; jobs.length > 0 && left > 0; left -= 1)
      jobs = await this.#lookAt(await store.runs.heldOfJobs(jobs))
  }

  /** One step of the walk over everything that is held. */
  async walk(): Promise<void> {
    const held = await this.#parts.store.runs.held(this.#after, walkBatch)
    for (const { hold } of held) if (hold?.of) this.#found.add(hold.of)
    this.#after = held.length === walkBatch ? (held.at(-1) ?? null) : null
    if (this.#after === null) [this.#awaited, this.#found] = [this.#found, new Set()]
    await this.#lookAt(held)
  }

  /** The jobs of which another write was faster: they are looked at again. */
  async #lookAt(held: readonly Run[]): Promise<readonly string[]> {
    const { store, submission } = this.#parts
    const theirs = held.filter(({ hold }) => hold?.kind === 'overlap')
    if (theirs.length === 0) return []
    const live = await store.runs.liveOfJobs([...new Set(theirs.map((run) => run.job_id))])
    const changes = theirs.flatMap((run) => changeOf(run, live.get(run.job_id) ?? null) ?? [])
    if (changes.length === 0) return []
    const won = new Set(await store.runs.move(changes))
    failPoint('hold.ended')
    const written = changes.filter((change) => won.has(change)).map(({ after }) => after)
    for (const { hold } of written) if (hold?.of) this.#awaited.add(hold.of)
    const released = written.filter(({ hold }) => hold === null)
    if (released.length > 0)
      await submission.send(
        released.map((run) => ({ run, reservation: null })),
        [],
      )
    return changes.filter((change) => !won.has(change)).map(({ before }) => before.job_id)
  }
}

/** How a held run is to be written, or null where it stands as it should. */
function changeOf(before: Run, live: LiveRuns | null): RunChange | null {
  const hold = overlapHold(before, live)
  if (hold !== null && hold.of === before.hold?.of) return null
  const after = heldFor(before, hold)
  return after && { before, after, output: null }
}
