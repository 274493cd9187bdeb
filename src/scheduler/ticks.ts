import { type Job, scheduleOf } from '../model/job.ts'
import { type LiveRuns, obstacleTo } from '../model/overlap.ts'
import { decideTick, lateWithin, type TickDecision } from '../model/ticks.ts'
import type { Millis } from '../model/time.ts'
import type { Meter } from '../model/vitals.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { newId } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import { type Clock, wrongOffset } from './clock.ts'
import type { Finisher } from './finisher.ts'
import { tickSkipped } from './tell.ts'

/** How many ticks one step of a pass decides: those on time, and beside them some that were missed. */
const [batch, missedBatch] = [500, 100]
/** A pass ends after so many, that it is seen to go on. */
const steps = 10

/** For so long after a scheduler began, or got its store back, workers may still have to tell what became of what they ran. */
const settlingFor: Millis = 10_000

/** What one step of a pass decided. */
interface Decided {
  readonly won: readonly TickDecision[]
  readonly more: boolean
  /** Some are due that cannot be decided yet. */
  readonly isStuck: boolean
}

export interface TickParts {
  readonly store: Store
  readonly finisher: Finisher
  readonly clock: Clock
  readonly meter: Meter
  readonly log: Log
}

/** Turns due schedules into runs. Any number of schedulers may run it: the compare-and-set on the job decides. */
export class TickLoop extends Loop {
  readonly #parts: TickParts
  /** When this loop began, or went on after a pass that failed, and an id that is greater than those of all runs before. */
  #began: { readonly at: Millis; readonly id: string } | null = null

  constructor(parts: TickParts) {
    super({ name: 'ticks', every: 1000, log: parts.log })
    this.#parts = parts
  }

  async runOnce(): Promise<Pass> {
    try {
      return await this.#look()
    } catch (error) {
      // While the store is away no end of a run can be stored: to the ticks it is as if no scheduler had been there.
      this.#began = null
      throw error
    }
  }

  async #look(): Promise<Pass> {
    const { finisher, clock } = this.#parts
    if (Math.abs(clock.offset) > wrongOffset) return { more: false }
    this.#began ??= { at: clock.now(), id: newId() }
    // What is decided is finished in the same commit as what comes next is decided.
    let finishing: Promise<void> = Promise.resolve()
    let decided: Decided
    let left = steps
    do {
      const now = clock.now()
      ;[decided] = await Promise.all([this.#decide(now), finishing])
      const { won } = decided
      finishing = finisher.finish(
        won.map(({ after }) => after),
        won.flatMap(({ after }) => (after.due?.skip ? tickSkipped(after.due.skip, now) : [])),
      )
      left -= 1
    } while (decided.more && left > 0)
    await finishing
    const next = await this.#parts.store.jobs.nextDue()
    // What cannot be decided yet is due again at once: the next pass waits for it.
    return {
      more: decided.more,
      ...(next === null ? {} : { nextIn: Math.max(decided.isStuck ? 100 : 1, next - clock.now()) }),
    }
  }

  /** Decides some of what is due; `more`: there may be others. */
  async #decide(now: Millis): Promise<Decided> {
    const { store, clock, meter } = this.#parts
    // Missed ticks come after those on time, and a few at a time: else catching up would make more of them.
    const onTime = await store.jobs.due(now, batch, now - lateWithin)
    const missed = await store.jobs.due(now - lateWithin - 1, missedBatch)
    const due = [...onTime, ...missed]
    const free = due.filter((job) => job.due === null)
    const live = await this.#liveOf(free)
    const ready = free.filter((job) => !this.#mayBeOver(job, live.get(job._id) ?? null, now))
    const isStuck = ready.length < due.length
    if (ready.length === 0) return { won: [], more: false, isStuck }
    const decisions = ready.flatMap((job) => decideTick(job, now, live.get(job._id) ?? null, newId()) ?? [])
    failPoint('tick.before-decided')
    const won = await store.jobs.decideTicks(decisions)
    // A crash from here on leaves `due` on the jobs: the reconcile loop of any scheduler finishes them.
    failPoint('tick.decided')
    for (const { after, tick } of won) meter.ticked(after.domain, clock.now() - tick)
    return { won, more: won.length > 0 && (onTime.length === batch || missed.length === missedBatch), isStuck }
  }

  /**
   * Whether a tick from before this loop began is kept from running by a run that is as old: its worker may just have had
   * nobody to tell of the end. Else the one late run after an outage would be lost to a run that was over long ago.
   */
  #mayBeOver(job: Job, live: LiveRuns | null, now: Millis): boolean {
    const began = this.#began
    if (began === null || now > began.at + settlingFor || (job.next_run_at ?? now) >= began.at) return false
    const obstacle = obstacleTo(scheduleOf(job).overlap, live)
    return obstacle !== null && obstacle.of < began.id
  }

  /** What is not final of the jobs whose overlap may keep a tick from running. */
  async #liveOf(jobs: readonly Job[]): Promise<ReadonlyMap<string, LiveRuns>> {
    const careful = jobs.filter((job) => ['skip', 'queue'].includes(scheduleOf(job).overlap)).map((job) => job._id)
    return careful.length > 0 ? this.#parts.store.runs.liveOfJobs(careful) : new Map()
  }
}
