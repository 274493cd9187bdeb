import { scheduleOf } from '../model/job.ts'
import type { LiveRuns } from '../model/overlap.ts'
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

/** How many ticks one pass decides: those on time, and beside them some that were missed. */
const [batch, missedBatch] = [500, 100]

/** What one step of a pass decided. */
interface Decided {
  readonly won: readonly TickDecision[]
  readonly more: boolean
  /** Some are due whose earlier tick is not finished yet. */
  readonly isStuck: boolean
}

type Jobs = Awaited<ReturnType<Store['jobs']['due']>>

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

  constructor(parts: TickParts) {
    super({ name: 'ticks', every: 1000, log: parts.log })
    this.#parts = parts
  }

  async runOnce(): Promise<Pass> {
    const { finisher, clock } = this.#parts
    if (Math.abs(clock.offset) > wrongOffset) return { more: false }
    // What is decided is finished in the same commit as what comes next is decided.
    let finishing: Promise<void> = Promise.resolve()
    let decided: Decided
    do {
      const now = clock.now()
      ;[decided] = await Promise.all([this.#decide(now), finishing])
      const { won } = decided
      finishing = finisher.finish(
        won.map(({ after }) => after),
        won.flatMap(({ after }) => (after.due?.skip ? tickSkipped(after.due.skip, now) : [])),
      )
    } while (decided.more)
    await finishing
    const next = await this.#parts.store.jobs.nextDue()
    // A job whose earlier tick is still being finished is due again at once: the next pass waits for it.
    return {
      more: false,
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
    const isStuck = free.length < due.length
    if (free.length === 0) return { won: [], more: false, isStuck }
    const live = await this.#liveOf(free)
    const decisions = free.flatMap((job) => decideTick(job, now, live.get(job._id) ?? null, newId()) ?? [])
    failPoint('tick.before-decided')
    const won = await store.jobs.decideTicks(decisions)
    // A crash from here on leaves `due` on the jobs: the reconcile loop of any scheduler finishes them.
    failPoint('tick.decided')
    for (const { after, tick } of won) meter.ticked(after.domain, clock.now() - tick)
    return { won, more: won.length > 0 && (onTime.length === batch || missed.length === missedBatch), isStuck }
  }

  /** What is not final of the jobs whose overlap may keep a tick from running. */
  async #liveOf(jobs: Jobs): Promise<ReadonlyMap<string, LiveRuns>> {
    const careful = jobs.filter((job) => ['skip', 'queue'].includes(scheduleOf(job).overlap)).map((job) => job._id)
    return careful.length > 0 ? this.#parts.store.runs.liveOfJobs(careful) : new Map()
  }
}
