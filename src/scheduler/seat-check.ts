import { isOut } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Broker, Presence, Taken } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'

/** How often all is looked at, ms of the monotonic clock. */
const usualPace: Millis = 10_000
/** How many slots are held against the store in one go. */
const batch = 500

export interface SeatCheckParts {
  readonly store: Store
  readonly broker: Broker
  readonly dispatch: () => void
  readonly log: Log
}

/**
 * Holds the broker's workers against the store, which is the truth: what one said to a broker that was away, or did not
 * live to say, is said again. A worker whose session is over gets nothing more, a state that was set holds, a slot of a
 * run that is over is free.
 */
export class SeatCheck {
  readonly #parts: SeatCheckParts
  readonly #every: Millis
  #lookedAt = Number.NEGATIVE_INFINITY
  /** Slots that the last look found to be nobody's: a release may be on its way, a second look finds that out. */
  #suspects: ReadonlySet<string> = new Set()

  constructor(parts: SeatCheckParts, every = usualPace) {
    this.#parts = parts
    this.#every = every
  }

  /** Does nothing where it looked lately. */
  async look(): Promise<void> {
    const now = performance.now()
    if (now - this.#lookedAt < this.#every) return
    const { store, broker } = this.#parts
    // In this order: a session is stored before it is admitted, so one that is here is there, if it is live.
    const here = await broker.workers(null)
    this.#lookedAt = now
    if (here.length === 0) return
    const live = new Set((await store.workers.liveSessions()).map((session) => session._id))
    await this.#dismiss(here.filter(({ session }) => !live.has(session)))
    const alive = here.filter(({ session }) => live.has(session))
    await this.#setStates(alive)
    await this.#release(alive)
  }

  async #dismiss(gone: readonly Presence[]): Promise<void> {
    const { broker, log } = this.#parts
    for (const { card, session } of gone) {
      log.info('a worker whose session is over still had its place', { domain: card.domain, worker_id: card.worker_id })
      await broker.dismiss(card.domain, card.worker_id, session)
    }
  }

  async #setStates(alive: readonly Presence[]): Promise<void> {
    const { store, broker, dispatch } = this.#parts
    const records = await store.workers.records(null)
    const states = new Map(records.map(({ domain, worker_id, state }) => [`${domain}:${worker_id}`, state]))
    for (const { card, state } of alive) {
      const stored = states.get(`${card.domain}:${card.worker_id}`)
      if (stored === undefined || stored === state) continue
      await broker.setState(card.domain, card.worker_id, stored)
      dispatch()
    }
  }

  async #release(alive: readonly Presence[]): Promise<void> {
    const { broker, dispatch, log } = this.#parts
    const suspects = new Set<string>()
    for (const { presence, slot } of await this.#nobodys(alive)) {
      const name = `${presence.session} ${slot.run_id} ${slot.token}`
      suspects.add(name)
      if (!this.#suspects.has(name)) continue
      const { domain, worker_id } = presence.card
      log.info('a slot was still taken by a run that is over', { domain, worker_id, run_id: slot.run_id })
      await broker.release(domain, worker_id, [slot])
      dispatch()
    }
    this.#suspects = suspects
  }

  /** Slots whose run the store does not give to the session under that token. */
  async #nobodys(alive: readonly Presence[]): Promise<readonly { presence: Presence; slot: Taken }[]> {
    const slots = alive.flatMap((presence) => presence.running.map((slot) => ({ presence, slot })))
    const found: { presence: Presence; slot: Taken }[] = []
    for (let at = 0; at < slots.length; at += batch) {
      const some = slots.slice(at, at + batch)
      const stored = await this.#parts.store.runs.byIds(some.map(({ slot }) => slot.run_id))
      const runs = new Map(stored.map((run) => [run._id, run]))
      for (const one of some) {
        const run = runs.get(one.slot.run_id)
        const holds = run && isOut(run) && run.token === one.slot.token && run.session === one.presence.session
        if (!holds) found.push(one)
      }
    }
    return found
  }
}
