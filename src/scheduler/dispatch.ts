import type { HydraEvent } from '../model/event.ts'
import type { Run, RunChange } from '../model/run.ts'
import { attemptOf, givenOut } from '../model/run-life.ts'
import type { Meter } from '../model/vitals.ts'
import type { Broker, Reservation, Waiting } from '../ports/broker.ts'
import type { Grant } from '../ports/link.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { newMark } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Clock } from './clock.ts'
import type { Definitions } from './definitions.ts'
import type { EventHub } from './event-hub.ts'
import { jobDispatched } from './tell.ts'

/** How many runs one pass gives out. */
const batch = 64

/** What the broker needs to know of a run that waits. */
export const waitingOf = (run: Run): Waiting => ({
  run_id: run._id,
  job_id: run.job_id,
  domain: run.domain,
  name: run.job_name,
  need: { queue: run.queue, user: run.user, executor_type: run.executor_type, affinity: run.affinity },
  priority: run.priority,
  scheduled_ts: run.scheduled_ts,
})

/** The give-out that a reservation stands for, or null where the run cannot be given. */
export const giveOutFor = (run: Run, { session, worker_id, slot }: Reservation): RunChange | null =>
  givenOut(run, { session, worker_id, slot, grant: newMark() })

/** A run that the store says is given out, and the slot that it has. */
interface Given {
  readonly reservation: Reservation
  readonly run: Run
}

export interface DispatchParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly definitions: Definitions
  readonly clock: Clock
  readonly meter: Meter
  readonly log: Log
  /** Bytes of output kept per attempt. */
  readonly logLimit: number
}

/** Gives waiting runs to workers with free slots, in the order of writes of the design. Woken, never polled for. */
export class Dispatcher extends Loop {
  readonly #parts: DispatchParts
  #paused = false

  constructor(parts: DispatchParts) {
    super({ name: 'dispatch', every: 5000, log: parts.log })
    this.#parts = parts
  }

  /** Nothing new is given out from here on: the process ends. */
  pause(): void {
    this.#paused = true
  }

  get isPaused(): boolean {
    return this.#paused
  }

  async runOnce(): Promise<Pass> {
    if (this.#paused) return { more: false }
    const { store, broker, clock } = this.#parts
    const reservations = await broker.reserve(batch, clock.now())
    if (reservations.length === 0) return { more: false }
    failPoint('dispatch.reserved')
    try {
      const runs = new Map(
        (await store.runs.byIds(reservations.map(({ waiting }) => waiting.run_id))).map((run) => [run._id, run]),
      )
      const planned = reservations.map((reservation) => {
        const run = runs.get(reservation.waiting.run_id)
        return { reservation, change: run ? giveOutFor(run, reservation) : null }
      })
      const won = new Set(await store.runs.giveOut(planned.flatMap(({ change }) => change ?? [])))
      failPoint('dispatch.given-out')
      const given = planned.flatMap(({ reservation, change }) =>
        change && won.has(change) ? { reservation, run: change.after } : [],
      )
      await this.deliver(given)
      // What was not won is another's, cancelled or edited; the walk over the store queues again what still waits.
      await broker.giveUp(
        planned.filter(({ change }) => !change || !won.has(change)).map(({ reservation }) => reservation),
        false,
      )
    } catch (error) {
      await broker.giveUp(reservations, true)
      throw error
    }
    return { more: reservations.length === batch }
  }

  /**
   * Order of writes (3): the store says that these runs are given out; now the workers get their grants. A crash before
   * this is made good by the worker's next renewal, which names what it was never sent.
   * @param before events that led to it; all is told while the grants are on their way: nobody waits for an event
   */
  async deliver(given: readonly Given[], before: readonly HydraEvent[] = []): Promise<void> {
    const { broker, hub, clock, meter } = this.#parts
    const ready = await this.#ready(given).catch((error: unknown) => {
      hub.publish(before)
      throw error
    })
    const now = clock.now()
    const giving = broker.give(ready)
    hub.publish([...before, ...ready.map(({ run }) => jobDispatched(run, now))])
    await giving
    meter.dispatched(
      given.map(({ run }) => run),
      clock.now(),
    )
    failPoint('dispatch.delivered')
  }

  /** Without those whose job's history is gone. */
  async #ready(given: readonly Given[]): Promise<readonly (Given & { readonly grant: Grant })[]> {
    const grants = await Promise.all(given.map(({ run }) => this.grantOf(run)))
    return given.flatMap((one, at) => {
      const grant = grants[at] ?? null
      return grant === null ? [] : [{ ...one, grant }]
    })
  }

  /** The grant of a run that is given out, as its worker needs it. */
  async grantOf(run: Run): Promise<Grant | null> {
    const definition = await this.#parts.definitions.of(run)
    if (definition === null || run.grant === null || run.slot === null) return null
    const { _id: run_id, job_id, domain, token, grant, slot, scheduled_ts } = run
    return {
      run_id,
      job_id,
      domain,
      token,
      grant,
      attempt: attemptOf(run),
      slot,
      scheduled_ts,
      definition,
      log_limit: this.#parts.logLimit,
    }
  }
}
