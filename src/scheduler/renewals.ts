import { HydraError } from '../model/errors.ts'
import { afterSessionLost } from '../model/run-life.ts'
import type { Session, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Held, Renewal } from '../ports/link.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'
import { inTimeOr, isAway } from './away.ts'
import type { Clock } from './clock.ts'
import type { Dispatcher } from './dispatch.ts'
import type { Mover } from './mover.ts'
import { reckonRenewal, type Unnamed } from './renewal.ts'

const tries = 10
/** A worker over HTTP waits four seconds for its answer, and asks another scheduler first, perhaps: its lease is seven. */
const reckonWithin: Millis = 1000
/** A broker that has not answered by then is taken for away, until it answers: its client would wait for seconds. */
const beatWithin: Millis = 1000

export interface RenewalsParts {
  readonly store: Store
  readonly broker: Broker
  readonly dispatcher: Dispatcher
  readonly mover: Mover
  readonly clock: Clock
  readonly log: Log
}

/** What the desk remembers of a session. */
export interface Guest {
  readonly session: Session
  /** Tokens that were given out and not named, by how many renewals in a row. */
  unnamed: Unnamed
  /** When what it has was last read from the store to be held against a renewal. Monotonic, ms. */
  readAt: number
  /** As it was told last; null: not yet. */
  state: WorkerState | null
  /** When a sample of its machine was last kept. ms */
  sampledAt: number
}

export const newGuest = (session: Session): Guest => ({
  session,
  unnamed: new Map(),
  readAt: 0,
  state: null,
  sampledAt: 0,
})

/** Takes renewals of sessions, and holds them against what the store says. */
export class Renewals {
  readonly #parts: RenewalsParts
  #isBrokerMute = false

  constructor(parts: RenewalsParts) {
    this.#parts = parts
  }

  /**
   * What a renewal is answered; null where the session is not admitted. One that the broker took counts, since no verdict comes
   * without a TTL of silence there: a store that is away then must not end what runs.
   * @param sentAt when it was sent, or came, by this process's monotonic clock, ms
   */
  async take(guest: Guest, held: readonly Held[], sentAt: number): Promise<Renewal | null> {
    if (!(await this.#beat(guest.session))) return null
    const { state } = guest
    const reckoned = this.#reckoned(guest, held, sentAt)
    if (state === null) return reckoned
    return inTimeOr(reckoned, reckonWithin, () => ({ state, cancel: [], forget: [], again: [], partial: true }))
  }

  /** False where the session is not admitted. While the broker is away, or mute, the store says until when it is believed. */
  async #beat({ domain, worker_id, _id }: Session): Promise<boolean> {
    const { broker, clock } = this.#parts
    const asked = broker.renew(domain, worker_id, _id, clock.now()).then((isHere) => {
      this.#isBrokerMute = false
      return isHere
    })
    const isHere = await inTimeOr<boolean | null>(asked, this.#isBrokerMute ? 0 : beatWithin, () => null)
    if (isHere !== null) return isHere
    this.#isBrokerMute = true
    return this.#hold(_id).catch((error: unknown) => {
      if (isAway(error)) return asked
      throw error
    })
  }

  async #reckoned(guest: Guest, held: readonly Held[], sentAt: number): Promise<Renewal> {
    const { store, clock, dispatcher, mover, log } = this.#parts
    const { domain, worker_id, _id } = guest.session
    const out = await store.runs.ofSession(_id)
    // Sent before the last look: it may have lain anywhere while the store was away, and knows nothing of what came since.
    const isNews = sentAt >= guest.readAt
    const answer = reckonRenewal(out, held, isNews ? guest.unnamed : null)
    if (isNews) Object.assign(guest, { unnamed: answer.unnamed, readAt: performance.now() })
    for (const run of answer.lost) {
      log.warn('the worker does not know of a run that it was given: the attempt counts as lost', {
        run_id: run._id,
        worker_id,
      })
      await mover.move(run, (now, found) => afterSessionLost(found, now))
    }
    const { state } = await store.workers.record(domain, worker_id, 'online', clock.now())
    guest.state = state
    const again = await Promise.all(answer.again.map((run) => dispatcher.grantOf(run)))
    const { cancel, forget } = answer
    return { state, cancel, forget, again: again.filter((grant) => grant !== null), partial: false }
  }

  /**
   * The broker is away, and with it the heartbeat that others look at: the session itself says until when the worker is
   * to be believed alive. False where it was judged meanwhile.
   */
  async #hold(id: string): Promise<boolean> {
    const { store, clock } = this.#parts
    for (let left = tries; left > 0; left -= 1) {
      const before = await store.workers.session(id)
      if (before?.state !== 'live') return false
      if (before.ttl === null) return true
      const hold_until = clock.now() + before.ttl
      if (await store.workers.changeSession(before, { ...before, hold_until, rev: before.rev + 1 })) return true
    }
    throw new HydraError('UNAVAILABLE', 'The session is being changed by others; try again.')
  }
}
