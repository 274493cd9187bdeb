import type { HydraEvent } from '../model/event.ts'
import { scheduleOf } from '../model/job.ts'
import { decideTick, type TickDecision } from '../model/ticks.ts'
import type { Millis } from '../model/time.ts'
import type { Meter } from '../model/vitals.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { newId } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import { type Clock, wrongOffset } from './clock.ts'
import type { Finisher } from './finisher.ts'
import type { Placed, Submission } from './submission.ts'
import { jobScheduled, tickSkipped } from './tell.ts'

const batch = 500

export interface TickParts {
  readonly store: Store
  readonly submission: Submission
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
    const due = await store.jobs.due(now, batch)
    if (due.length > 0)
      await this.#decide(
        due.filter((job) => job.due === null),
        now,
      )
    const next = due.length === batch ? now : await store.jobs.nextDue()
    // A job whose earlier tick is still being finished is due again at once: the next pass waits for it.
    const isStuck = due.some((job) => job.due !== null)
    return {
      more: due.length === batch,
      ...(next === null ? {} : { nextIn: Math.max(isStuck ? 100 : 1, next - clock.now()) }),
    }
  }

  async #decide(jobs: Awaited<ReturnType<Store['jobs']['due']>>, now: Millis): Promise<void> {
    const { store } = this.#parts
    const careful = jobs.filter((job) => scheduleOf(job).overlap === 'skip').map((job) => job._id)
    const live = careful.length > 0 ? await store.runs.liveOfJobs(careful) : new Map<string, string>()
    const decisions = jobs.flatMap((job) => decideTick(job, now, live.get(job._id) ?? null, newId()) ?? [])
    failPoint('tick.before-decided')
    const won = await store.jobs.decideTicks(decisions)
    // A crash from here on leaves `due` on the jobs: the reconcile loop of any scheduler finishes them.
    failPoint('tick.decided')
    for (const { after, tick } of won) this.#parts.meter.ticked(after.domain, this.#parts.clock.now() - tick)
    await this.#carryOut(won, now)
  }

  async #carryOut(won: readonly TickDecision[], now: Millis): Promise<void> {
    const { store, submission, finisher } = this.#parts
    const placed: Placed[] = []
    const ticks: { job: TickDecision['after']; run: Placed['run'] | null }[] = []
    const events: HydraEvent[] = []
    for (const { after: job, tick } of won) {
      const run = await finisher.runOf(job)
      const place = run ? await submission.place(run) : null
      if (place) {
        placed.push(place)
        events.push(jobScheduled(job, place.run, now))
      }
      if (job.due?.skip) events.push(tickSkipped(job, tick, job.due.skip.reason, job.due.skip.of, now))
      ticks.push({ job, run: place?.run ?? null })
    }
    let inserted: ReadonlySet<string> = new Set()
    try {
      inserted = new Set(await store.jobs.finishTicks(ticks))
    } finally {
      // A run that another finished already is that one's to send; under our grant nothing may start.
      for (const one of placed) if (!inserted.has(one.run._id)) await submission.giveUp(one)
    }
    failPoint('tick.finished')
    await submission.send(
      placed.filter(({ run }) => inserted.has(run._id)),
      events,
    )
  }
}
