import type { HydraEvent } from '../model/event.ts'
import { type Job, type JobVersion, presentVersion } from '../model/job.ts'
import { replacedBy, waitsForEarlier } from '../model/overlap.ts'
import { classKey } from '../model/placement.ts'
import { isQueued, newRun, type Run } from '../model/run.ts'
import { jitterOf, nextTick, type Schedule } from '../model/schedule.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import { waitingOf } from './dispatch.ts'
import type { Holds } from './holds.ts'
import type { Runs } from './runs.ts'
import type { Placed, Submission } from './submission.ts'
import { jobScheduled } from './tell.ts'

/** How long after a deletion its runs are looked for: one that was inserted by another scheduler meanwhile is found too. */
const lookAgainFor: Millis = 10_000

/** At most this many live runs are cancelled in one go. */
const batch = 500

export interface FinisherParts {
  readonly store: Store
  readonly broker: Broker
  readonly runs: Runs
  readonly holds: Holds
  readonly submission: Submission
  readonly clock: Clock
  readonly log: Log
}

/** A decided tick and the run that it is to have; null when it is skipped. */
interface Ticked {
  readonly job: Job
  readonly run: Run | null
  readonly overlap: Schedule['overlap']
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

  /**
   * Finishes decided ticks. Order of writes: what `replace` ends is cancelled → the run is written → `due` is cleared → the
   * run is queued or given out, and told of. @param before events that led to it, told first
   */
  async finish(jobs: readonly Job[], before: readonly HydraEvent[] = []): Promise<void> {
    if (jobs.length === 0) return
    const { store, clock } = this.#parts
    const open = jobs.filter((job) => job.due !== null)
    const ticks = await this.#withHolds(await this.#replacing(await Promise.all(open.map((job) => this.#ticked(job)))))
    const placed = await this.#placed(ticks)
    const inserted = await this.#write(ticks, placed)
    const sent = [...placed].filter(([job, { run }]) => inserted.has(run._id) && job.deleted_at === null)
    const now = clock.now()
    const events = sent.map(([job, { run }]) => jobScheduled(job, run, now))
    await this.#parts.submission.send(
      sent.map(([, one]) => one),
      [...before, ...events],
    )
    const held = sent.map(([, { run }]) => run).filter((run) => run.hold !== null)
    if (held.length > 0) await this.#parts.holds.written(held)
    const others = [...placed.values()].filter(({ run }) => !inserted.has(run._id)).map(({ run }) => run._id)
    if (others.length > 0) await this.#queueAgain(await store.runs.byIds(others))
    for (const job of jobs) if (job.effects.length > 0) await this.finishDeleted(job)
  }

  async #ticked(job: Job): Promise<Ticked> {
    const due = job.due
    const skipped: Ticked = { job, run: null, overlap: 'skip' }
    if (due === null || due.run_id === null) return skipped
    const version: JobVersion | null =
      due.job_version === job.version
        ? presentVersion(job)
        : await this.#parts.store.jobs.version(job._id, due.job_version)
    if (version === null) return skipped
    const { schedule } = version.definition
    const jitter = jitterOf(schedule, job._id, due.tick, nextTick(schedule, job.created_at, due.tick))
    const now = this.#parts.clock.now()
    const run = newRun(job, version, { run_id: due.run_id, trigger: 'schedule', tick: due.tick, jitter, now })
    return { job, run, overlap: schedule.overlap }
  }

  /**
   * Cancels the earlier runs that ticks replace. The tick is cleared only after it, so a crash does it again. A job whose
   * runs could not be cancelled is left for the reconcile loop.
   */
  async #replacing(ticks: readonly Ticked[]): Promise<readonly Ticked[]> {
    const { store, log } = this.#parts
    const replacing = ticks.filter(({ run, overlap }) => run !== null && overlap === 'replace')
    if (replacing.length === 0) return ticks
    const live = await store.runs.liveOfJobs(replacing.map(({ job }) => job._id))
    const failed = new Set<Ticked>()
    for (const tick of replacing)
      if (live.has(tick.job._id))
        await this.#cancelBefore(tick).catch((error: unknown) => {
          log.warn('the earlier runs could not be cancelled yet', { job: tick.job._id, error })
          failed.add(tick)
        })
    failPoint('tick.replaced')
    return ticks.filter((tick) => !failed.has(tick))
  }

  async #cancelBefore({ job, run }: Ticked): Promise<void> {
    const { store, runs } = this.#parts
    for (let most = batch; ; most += batch) {
      const live = await store.runs.live(job._id, most)
      for (const one of live)
        if (one._id < (run?._id ?? '') && one.cancel_requested_at === null) await runs.cancelRun(one, replacedBy)
      if (live.length < most) return
    }
  }

  async #withHolds(ticks: readonly Ticked[]): Promise<readonly Ticked[]> {
    const waiting = ticks.flatMap(({ run, overlap }) => (run !== null && waitsForEarlier(overlap) ? run : []))
    const held = new Map((await this.#parts.holds.held(waiting)).map((run) => [run._id, run]))
    return ticks.map((tick) => ({ ...tick, run: held.get(tick.run?._id ?? '') ?? tick.run }))
  }

  /** Slots for those that find one free: where one run of a class found none, the next one of it does not ask. */
  async #placed(ticks: readonly Ticked[]): Promise<ReadonlyMap<Job, Placed>> {
    const { submission, clock } = this.#parts
    const placed = new Map<Job, Placed>()
    const full = new Set<string>()
    const now = clock.now()
    for (const { job, run } of ticks) {
      if (run === null) continue
      const key = classKey(run.domain, run)
      // A deleted job's last run is written to be cancelled: no worker is sought for it.
      const asks = job.deleted_at === null && isQueued(run, now) && !full.has(key)
      const one = asks ? await submission.placeAnyhow(run) : { run, reservation: null }
      if (asks && one.reservation === null) full.add(key)
      placed.set(job, one)
    }
    return placed
  }

  async #write(ticks: readonly Ticked[], placed: ReadonlyMap<Job, Placed>): Promise<ReadonlySet<string>> {
    const { store, submission } = this.#parts
    let inserted: ReadonlySet<string> = new Set()
    try {
      inserted = new Set(
        await store.jobs.finishTicks(ticks.map(({ job }) => ({ job, run: placed.get(job)?.run ?? null }))),
      )
    } finally {
      // A run that another finished already is that one's to send; under our grant nothing may start.
      for (const one of placed.values()) if (!inserted.has(one.run._id)) await submission.giveUp(one)
    }
    failPoint('tick.finished')
    return inserted
  }

  /** Runs that were there already: whoever wrote them may have died before it queued them. */
  async #queueAgain(runs: readonly Run[]): Promise<void> {
    const { broker, clock, submission } = this.#parts
    await tell(() => broker.enqueue(runs.filter((run) => isQueued(run, clock.now())).map(waitingOf)))
    submission.wake()
  }

  /** Cancels what a deleted job left; how many. The effect stands until no other scheduler can be adding a run. */
  async finishDeleted(found: Job): Promise<number> {
    const { store, runs, clock } = this.#parts
    if (found.due !== null) await this.finish([{ ...found, effects: [] }])
    const by = found.effects.find(({ kind }) => kind === 'cancel_runs')?.by ?? 'deletion'
    let count = 0
    // Those that were asked are live until their workers have ended them, so each look goes further.
    for (let most = batch, more = true; more; most += batch) {
      const live = await store.runs.live(found._id, most)
      for (const run of live)
        if (run.cancel_requested_at === null && (await runs.cancelRun(run, by)) !== null) count += 1
      more = live.length === most
    }
    failPoint('delete.cancelled')
    if (found.deleted_at !== null && clock.now() - found.deleted_at > lookAgainFor) {
      const job = await store.jobs.get(found._id)
      if (job) await store.jobs.replace(job, { ...job, effects: [], rev: job.rev + 1 }, null)
    }
    return count
  }
}
