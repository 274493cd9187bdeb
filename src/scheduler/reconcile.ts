import type { EnqueueReason } from '../model/event.ts'
import { samplesSpan } from '../model/host-load.ts'
import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Clock } from './clock.ts'
import { waitingOf } from './dispatch.ts'
import type { EventHub } from './event-hub.ts'
import type { Finisher } from './finisher.ts'
import type { Holds } from './holds.ts'
import type { Mover } from './mover.ts'
import { SeatCheck } from './seat-check.ts'
import type { ShownDomains } from './shown-domains.ts'
import { jobEnqueued } from './tell.ts'

/** How many waiting runs one pass of the walk looks at. */
const walkBatch = 500
/** How many pages of ticks that nobody finished one pass finishes. */
const tickPages = 10
const every: Millis = 2000
/** A session that is over: longer than a lost worker is shown, and than a crash leaves its runs to be moved. */
const sessionsKeptFor: Millis = 7 * 24 * 3_600_000

export interface ReconcileParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly finisher: Finisher
  readonly holds: Holds
  readonly mover: Mover
  readonly shown: ShownDomains
  readonly clock: Clock
  readonly dispatch: () => void
  readonly log: Log
}

/** Finds what a crash, a lost message or a lost broker left, and sets it going again. The store is the truth. */
export class ReconcileLoop extends Loop {
  readonly #parts: ReconcileParts
  readonly #seats: SeatCheck
  /** Where the walk over what waits stands; null: at the beginning. */
  #after: string | null = null
  #dueAfter: string | null = null
  #deletedAfter: string | null = null
  /** The broker lost what it knew, and the walk is not through yet. */
  #isRebuilding = false

  constructor(parts: ReconcileParts) {
    super({ name: 'reconcile', every, log: parts.log })
    this.#parts = parts
    this.#seats = new SeatCheck(parts)
  }

  async runOnce(): Promise<Pass> {
    const { store, holds, clock } = this.#parts
    await clock.measure()
    await this.#finishTicks()
    await this.#finishDeleted()
    await holds.walk()
    await this.#lostSessions()
    await store.audit.settle(walkBatch)
    await store.workers.forgetSessions(clock.now() - sessionsKeptFor, walkBatch)
    await store.workers.forgetSamples(clock.now() - samplesSpan, walkBatch)
    // What a broker that is away would hold up comes last.
    await this.#lookAtBroker()
    await this.#walk()
    await this.#seats.look()
    await this.#parts.shown.look()
    // A walk that rebuilds goes on at once; the usual one takes its time.
    return { more: this.#isRebuilding }
  }

  /**
   * Decided ticks whose scheduler died. The place moves on first: one that cannot be finished now holds up none after it.
   */
  async #finishTicks(): Promise<void> {
    const { store, finisher } = this.#parts
    for (let left = tickPages; left > 0; left -= 1) {
      const { jobs, next } = await store.jobs.withDue(this.#dueAfter, walkBatch)
      this.#dueAfter = next
      await finisher.finish(jobs)
      if (next === null) return
    }
  }

  /** Deleted jobs stay open for a while, so many of them are walked over: a page each pass. */
  async #finishDeleted(): Promise<void> {
    const { jobs, next } = await this.#parts.store.jobs.withEffects(this.#deletedAfter, walkBatch)
    this.#deletedAfter = next
    await this.#parts.finisher.finish(jobs)
  }

  /** A flush or a restart may have emptied the broker: then the walk begins anew, and does not pause until it is through. */
  async #lookAtBroker(): Promise<void> {
    const { broker, clock, dispatch, log } = this.#parts
    const { freed, isLost } = await broker.lapse(clock.now())
    if (freed > 0) dispatch()
    if (!isLost) return
    log.warn('the broker lost its queue; it is rebuilt from the store')
    this.#after = null
    this.#isRebuilding = true
    await this.#parts.shown.showAll()
  }

  /** The whole walk at once: how the queue is rebuilt at start; and what an earlier life left at the broker is mended. */
  async rebuild(): Promise<void> {
    do await this.#walk()
    while (this.#after !== null)
    await this.#seats.look()
    await this.#parts.shown.showAll()
  }

  async #walk(): Promise<void> {
    const { store, broker, clock } = this.#parts
    const runs = await store.runs.waiting(clock.now(), this.#after, walkBatch)
    this.#after = runs.length === walkBatch ? (runs.at(-1)?._id ?? null) : null
    if (this.#after === null) this.#isRebuilding = false
    if (runs.length === 0) return
    await broker.enqueue(runs.map(waitingOf))
    this.#parts.dispatch()
  }

  /** Runs whose session is over: a crash came between the verdict and the move. */
  async #lostSessions(): Promise<void> {
    const { store, mover } = this.#parts
    const out = await store.runs.outSessions()
    if (out.length === 0) return
    const live = new Set((await store.workers.liveSessions()).map((session) => session._id))
    for (const id of out) if (!live.has(id)) await mover.moveLost(id)
  }
}

/** Queues runs when the wait before their retry, or after their tick, is over. */
export class DueLoop extends Loop {
  readonly #parts: Pick<ReconcileParts, 'store' | 'broker' | 'hub' | 'clock' | 'dispatch'>
  #seen: Millis

  constructor(parts: Pick<ReconcileParts, 'store' | 'broker' | 'hub' | 'clock' | 'dispatch' | 'log'>) {
    super({ name: 'due', every: 10_000, log: parts.log })
    this.#parts = parts
    this.#seen = parts.clock.now()
  }

  async runOnce(): Promise<Pass> {
    const { store, broker, hub, clock, dispatch } = this.#parts
    const now = clock.now()
    const runs = await store.runs.comingDue(this.#seen, now, walkBatch)
    const isWhole = runs.length < walkBatch
    if (isWhole) this.#seen = now
    if (runs.length > 0) {
      const unknown = new Set(await this.#unknown(runs))
      await broker.enqueue(runs.map(waitingOf))
      const late = runs.filter((run) => unknown.has(run._id)).flatMap((run) => reasonOf(run) ?? [])
      hub.publish(late.map(({ run, reason }) => jobEnqueued(run, reason, now)))
      dispatch()
    }
    // More than a batch at one moment: the walk of the reconcile loop takes the rest, this one must not stand still.
    if (!isWhole) this.#seen = runs.at(-1)?.not_before ?? now
    const next = await store.runs.nextDue(now)
    return { more: false, ...(next === null ? {} : { nextIn: Math.max(1, next - clock.now()) }) }
  }

  async #unknown(runs: readonly { readonly _id: string; readonly domain: string }[]): Promise<readonly string[]> {
    const byDomain = Map.groupBy(runs, (run) => run.domain)
    const answers = [...byDomain].map(([domain, theirs]) =>
      this.#parts.broker.unknown(
        domain,
        theirs.map((run) => run._id),
      ),
    )
    return (await Promise.all(answers)).flat()
  }
}

/** Why a run is queued only now; null for one that is told of by whoever just wrote it. */
function reasonOf(run: Run): { run: Run; reason: EnqueueReason } | null {
  if (run.status === 'retrying') return { run, reason: 'retry' }
  return run.attempts.length === 0 && run.not_before > run.created_at ? { run, reason: run.trigger } : null
}
