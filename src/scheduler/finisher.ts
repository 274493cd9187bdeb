import { type Job, type JobVersion, presentVersion } from '../model/job.ts'
import { isQueued, newRun, type Run } from '../model/run.ts'
import { jitterOf, nextTick } from '../model/schedule.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Clock } from './clock.ts'
import { waitingOf } from './dispatch.ts'
import type { Runs } from './runs.ts'

/** How long after a deletion its runs are looked for: one that was inserted by another scheduler meanwhile is found too. */
const lookAgainFor: Millis = 10_000

/** At most this many live runs are cancelled in one go. */
const batch = 500

export interface FinisherParts {
  readonly store: Store
  readonly broker: Broker
  readonly runs: Runs
  readonly clock: Clock
  readonly wake: () => void
}

/**
 * Finishes what a write of a job announced: the run or the skip of a decided tick, the cancels that follow a deletion.
 * Anyone may do it, any number of times: each step is passed over when it is done.
 */
export class Finisher {
  readonly #parts: FinisherParts

  constructor(parts: FinisherParts) {
    this.#parts = parts
  }

  /** The run that a decided tick is to have; null when it is skipped. */
  async runOf(job: Job): Promise<Run | null> {
    const due = job.due
    if (due === null || due.run_id === null) return null
    const version: JobVersion | null =
      due.job_version === job.version
        ? presentVersion(job)
        : await this.#parts.store.jobs.version(job._id, due.job_version)
    if (version === null) return null
    const { schedule } = version.definition
    const jitter = jitterOf(schedule, job._id, due.tick, nextTick(schedule, job.created_at, due.tick))
    const now = this.#parts.clock.now()
    return newRun(job, version, { run_id: due.run_id, trigger: 'schedule', tick: due.tick, jitter, now })
  }

  /** Finishes jobs that a crash left unfinished. */
  async finish(jobs: readonly Job[]): Promise<void> {
    const { store, broker, clock } = this.#parts
    const open = jobs.filter((job) => job.due !== null)
    const ticks = await Promise.all(open.map(async (job) => ({ job, run: await this.runOf(job) })))
    await store.jobs.finishTicks(ticks)
    const stored = await store.runs.byIds(ticks.flatMap(({ run }) => run?._id ?? []))
    await broker.enqueue(stored.filter((run) => isQueued(run, clock.now())).map(waitingOf))
    this.#parts.wake()
    for (const job of jobs) if (job.effects.length > 0) await this.finishDeleted(job)
  }

  /** Cancels what a deleted job left; how many. The effect stands until no other scheduler can be adding a run. */
  async finishDeleted(found: Job): Promise<number> {
    const { store, runs, clock } = this.#parts
    if (found.due !== null) await this.finish([{ ...found, effects: [] }])
    const by = found.effects.find(({ kind }) => kind === 'cancel_runs')?.by ?? 'deletion'
    let count = 0
    for (let more = true; more; ) {
      const live = (await store.runs.live(found._id, batch)).filter((run) => run.cancel_requested_at === null)
      for (const run of live) if ((await runs.cancelRun(run, by)) !== null) count += 1
      more = live.length === batch
    }
    failPoint('delete.cancelled')
    if (found.deleted_at !== null && clock.now() - found.deleted_at > lookAgainFor) {
      const job = await store.jobs.get(found._id)
      if (job) await store.jobs.replace(job, { ...job, effects: [], rev: job.rev + 1 }, null)
    }
    return count
  }
}
