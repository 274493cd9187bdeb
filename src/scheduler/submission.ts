import type { HydraEvent } from '../model/event.ts'
import { isQueued, type Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Broker, Reservation } from '../ports/broker.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { askedOr, tell } from './away.ts'
import type { Clock } from './clock.ts'
import { type Dispatcher, giveOutFor, waitingOf } from './dispatch.ts'
import type { EventHub } from './event-hub.ts'
import { jobEnqueued, jobPending } from './tell.ts'

/** A run as it is to be written, and the slot that was reserved for it if there was one. */
export interface Placed {
  readonly run: Run
  readonly reservation: Reservation | null
}

export interface SubmissionParts {
  readonly broker: Broker
  readonly hub: EventHub
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  /** A run is due then. */
  readonly waitUntil: (at: Millis) => void
}

/**
 * The way of a new run from its maker to a worker. With a free fitting slot and nothing ahead of it, it is written as
 * given out already: one store write stands before its process. Otherwise: store, queue, tell, in this order.
 */
export class Submission {
  readonly #parts: SubmissionParts

  constructor(parts: SubmissionParts) {
    this.#parts = parts
  }

  /** Before the write: reserves a slot where one is free. @throws UNAVAILABLE while the broker is away */
  async place(run: Run): Promise<Placed> {
    const { broker, clock, dispatcher } = this.#parts
    if (dispatcher.isPaused || !isQueued(run, clock.now())) return { run, reservation: null }
    const reservation = await broker.reserveFor(waitingOf(run), clock.now())
    if (reservation === null) return { run, reservation: null }
    failPoint('submit.reserved')
    const given = giveOutFor(run, reservation)
    return given ? { run: given.after, reservation } : { run, reservation: null }
  }

  /** As `place`, for a run that must be written whether the broker is there or not. */
  placeAnyhow(run: Run): Promise<Placed> {
    return askedOr(() => this.place(run), { run, reservation: null })
  }

  /** The write failed, or the run was there already: the slot is free again. */
  async giveUp({ reservation }: Placed): Promise<void> {
    if (reservation) await tell(() => this.#parts.broker.giveUp([reservation], false))
  }

  /** After the write: gives the run to its worker, or queues it; tells of it, after the events that led to it. */
  async send(placed: readonly Placed[], before: readonly HydraEvent[]): Promise<void> {
    const { hub, dispatcher, clock } = this.#parts
    failPoint('submit.stored')
    const now = clock.now()
    // What is held, or put off by its jitter, is told of when it is queued.
    const queued = placed.filter(({ run, reservation }) => reservation !== null || isQueued(run, now))
    const told = [...before, ...queued.map(({ run }) => jobEnqueued(run, run.trigger, now))]
    const given = placed.flatMap(({ run, reservation }) => (reservation ? [{ run, reservation }] : []))
    const rest = placed.filter(({ reservation }) => !reservation).map(({ run }) => run)
    const waits = rest.filter((run) => isQueued(run, now))
    for (const { hold, not_before } of rest) if (hold === null && not_before > now) this.#parts.waitUntil(not_before)
    // All is written: were this to fail the caller, he would submit it twice.
    if (given.length > 0) await tell(() => dispatcher.deliver(given, told))
    else hub.publish(told)
    if (waits.length > 0) await tell(() => this.#queue(waits))
  }

  async #queue(waits: readonly Run[]): Promise<void> {
    const { broker, dispatcher } = this.#parts
    const unfit = new Set(await broker.enqueue(waits.map(waitingOf)))
    failPoint('submit.queued')
    dispatcher.wake()
    if (unfit.size > 0) await this.#tellUnfit(waits.filter((run) => unfit.has(run._id)))
  }

  /** Something may have been queued: it is given out. */
  wake(): void {
    this.#parts.dispatcher.wake()
  }

  /** Says of a run that no worker fits that it will wait, and why. */
  async #tellUnfit(runs: readonly Run[]): Promise<void> {
    const { broker, hub, clock } = this.#parts
    for (const [domain, theirs] of Map.groupBy(runs, (run) => run.domain)) {
      const isEmpty = (await broker.workers(domain)).length === 0
      const detail = isEmpty ? 'No worker is online in this domain.' : 'No worker that is online fits.'
      hub.publish(theirs.map((run) => jobPending(run, detail, clock.now())))
    }
  }
}
