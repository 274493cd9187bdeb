import { scheduleOf } from '../model/job.ts'
import type { LiveRuns } from '../model/overlap.ts'
import { decideTick, lateWithin } from '../model/ticks.ts'
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
    const { store, clock } = this.#parts
    if (Math.abs(clock.offset) > wrongOffset) return { more: false }
    const now = clock.now()
    // Missed ticks come after those on time, and a few at a time: else catching up would make more of them.
    const onTime = await store.jobs.due(now, batch, now - lateWithin)
    const missed = await store.jobs.due(now - lateWithin - 1, missedBatch)
    const due = [...onTime, ...missed]
    const free = due.filter((job) => job.due === null)
    if (free.length > 0) await this.#decide(free, now)
    const more = onTime.length === batch || missed.length === missedBatch
    const next = more ? now : await store.jobs.nextDue()
    // A job whose earlier tick is still being finished is due again at once: the next pass waits for it.
    const isStuck = free.length < due.length
    return {
      more: more && free.length > 0,
      ...(next === null ? {} : { nextIn: Math.max(isStuck ? 100 : 1, next - clock.now()) }),
    }
  }

  async #decide(jobs: Jobs, now: Millis): Promise<void> {
    const { store, finisher, clock, meter } = this.#parts
    const live = await this.#liveOf(jobs)
    const decisions = jobs.flatMap((job) => decideTick(job, now, live.get(job._id) ?? null, newId()) ?? [])
    failPoint('tick.before-decided')
    const won = await store.jobs.decideTicks(decisions)
    // A crash from here on leaves `due` on the jobs: the reconcile loop of any scheduler finishes them.
    failPoint('tick.decided')
    for (const { after, tick } of won) meter.ticked(after.domain, clock.now() - tick)
    await finisher.finish(
      won.map(({ after }) => after),
      won.flatMap(({ after }) => (after.due?.skip ? tickSkipped(after.due.skip, now) : [])),
    )
  }

  /** What is not final of the jobs whose overlap may keep a tick from running. */
  async #liveOf(jobs: Jobs): Promise<ReadonlyMap<string, LiveRuns>> {
    const careful = jobs.filter((job) => ['skip', 'queue'].includes(scheduleOf(job).overlap)).map((job) => job._id)
    return careful.length > 0 ? this.#parts.store.runs.liveOfJobs(careful) : new Map()
  }
}
