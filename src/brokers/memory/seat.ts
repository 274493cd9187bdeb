import type { Requirement } from '../../model/affinity.ts'
import { byLoad, fits } from '../../model/placement.ts'
import type { WorkerCard, WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Presence, Reservation, Taken, Waiting } from '../../ports/broker.ts'
import type { Grant } from '../../ports/link.ts'
import { newMark } from '../../runtime/ids.ts'

/** A worker's place: its slots, and its own queue of grants. */
export class Seat {
  readonly card: WorkerCard
  readonly session: string
  /** Slots reserved for runs that are not given yet, by run. */
  readonly reserved = new Map<string, number>()
  /** Slots of runs that were given, by run. */
  readonly taken = new Map<string, Taken>()
  state: WorkerState
  heartbeat: Millis
  #grants: Grant[] = []
  #waiter: (() => void) | null = null

  constructor(presence: Pick<Presence, 'card' | 'session' | 'state'>, taken: readonly Taken[], now: Millis) {
    this.card = presence.card
    this.session = presence.session
    this.state = presence.state
    this.heartbeat = now
    for (const one of taken) this.taken.set(one.run_id, one)
  }

  get workerId(): string {
    return this.card.worker_id
  }

  get used(): number {
    return this.reserved.size + this.taken.size
  }

  get isFree(): boolean {
    return this.state === 'online' && this.used < this.card.max_concurrency
  }

  get load(): { running: number; max: number } {
    return { running: this.used, max: this.card.max_concurrency }
  }

  fits(need: Requirement): boolean {
    return fits(need, this.card)
  }

  /** The lowest free slot, for a run. */
  reserve(waiting: Waiting): Reservation {
    const used = new Set([...this.reserved.values(), ...[...this.taken.values()].map((taken) => taken.slot)])
    let slot = 0
    while (used.has(slot)) slot += 1
    this.reserved.set(waiting.run_id, slot)
    return { mark: newMark(), waiting, worker_id: this.workerId, session: this.session, slot }
  }

  give(grant: Grant): void {
    const { run_id, job_id, token, slot, definition } = grant
    this.reserved.delete(run_id)
    this.taken.set(run_id, { run_id, job_id, token, slot, user: definition.user })
    this.#grants = [...this.#grants.filter((one) => one.run_id !== run_id), grant]
    this.#waiter?.()
  }

  /** What was reserved for the same session, and what waits in its own queue and is taken, is not lost by a new admission. */
  inherit(before: Seat): void {
    for (const [run, slot] of before.reserved) if (!this.taken.has(run)) this.reserved.set(run, slot)
    this.#grants = before.#grants.filter(({ run_id, token }) => this.taken.get(run_id)?.token === token)
  }

  /** Waits until a grant is there or the signal aborts; takes at most `free`. */
  async claim(free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    if (this.#grants.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          if (this.#waiter === done) this.#waiter = null
          resolve()
        }
        this.#waiter = done
        signal.addEventListener('abort', done, { once: true })
      })
    }
    return signal.aborted ? [] : this.#grants.splice(0, free)
  }

  /** Takes all unclaimed grants out. */
  takeBack(): readonly Grant[] {
    return this.#grants.splice(0)
  }

  /** Whoever waits for grants of this seat goes away empty. */
  dismiss(): void {
    this.#grants = []
    this.#waiter?.()
  }

  release(runId: string, token: number): void {
    if (this.taken.get(runId)?.token !== token) return
    this.taken.delete(runId)
    this.#grants = this.#grants.filter(({ run_id }) => run_id !== runId)
  }

  get presence(): Presence {
    const { card, session, state, heartbeat } = this
    return { card, session, state, heartbeat, running: [...this.taken.values()] }
  }
}

/** The one with the least to do among those with a free slot. */
export function leastLoaded(seats: Iterable<Seat>): Seat | null {
  let best: Seat | null = null
  for (const seat of seats) if (seat.isFree && (best === null || byLoad(seat.load, best.load) < 0)) best = seat
  return best
}
