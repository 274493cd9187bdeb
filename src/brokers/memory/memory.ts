import TinyQueue from 'tinyqueue'
import { byLoad } from '../../model/placement.ts'
import type { WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Broker, Presence, Reservation, Taken, Waiting } from '../../ports/broker.ts'
import type { Grant, Held } from '../../ports/link.ts'
import { DomainQueue, type Entry, head, type RunClass } from './queue.ts'
import { Seat } from './seat.ts'

/** A reservation that was neither given nor given up lapses after this. */
const lapseAfter: Millis = 10_000

/** The broker of one process: all in memory, rebuilt from the store at every start. */
export class MemoryBroker implements Broker {
  readonly #domains = new Map<string, DomainQueue>()
  readonly #reservations = new Map<Reservation, Millis>()
  #turn = 0

  async enqueue(waiting: readonly Waiting[]): Promise<void> {
    for (const one of waiting) {
      const queue = this.#queue(one.domain)
      if (!queue.known.has(one.run_id)) queue.add(one, 'queued')
    }
  }

  async withdraw(domain: string, runIds: readonly string[]): Promise<void> {
    const queue = this.#queue(domain)
    for (const id of runIds) if (queue.known.get(id)?.state === 'queued') queue.drop(id)
  }

  async unknown(domain: string, runIds: readonly string[]): Promise<readonly string[]> {
    const queue = this.#queue(domain)
    return runIds.filter((id) => !queue.known.has(id))
  }

  async reserve(limit: number, now: Millis): Promise<readonly Reservation[]> {
    const domains = [...this.#domains.values()].filter((queue) => queue.queued > 0)
    const made: Reservation[] = []
    // Domains take turns, one run each, so that one tenant's backlog does not hold another's single run.
    let idle = 0
    while (made.length < limit && domains.length > 0 && idle < domains.length) {
      this.#turn = (this.#turn + 1) % domains.length
      const queue = domains[this.#turn]
      const reservation = queue ? this.#reserveBest(queue) : null
      if (reservation === null) idle += 1
      else {
        idle = 0
        made.push(reservation)
      }
    }
    for (const reservation of made) this.#reservations.set(reservation, now)
    return made
  }

  #reserveBest(queue: DomainQueue): Reservation | null {
    let best: { of: RunClass; score: number } | null = null
    for (const seat of queue.seats.values()) {
      if (!seat.isFree) continue
      for (const of of queue.classesOf(seat)) {
        const entry = head(of)
        if (entry !== null && (best === null || entry.score < best.score)) best = { of, score: entry.score }
      }
    }
    const seat = best === null ? null : leastLoaded(best.of.seats)
    const entry = best === null || seat === null ? null : queue.reserveHead(best.of)
    return entry === null || seat === null ? null : reservation(entry.waiting, seat)
  }

  async reserveFor(waiting: Waiting, now: Millis): Promise<Reservation | null> {
    const queue = this.#queue(waiting.domain)
    if (queue.known.has(waiting.run_id)) return null
    const entry = queue.add(waiting, 'reserved')
    const seat = leastLoaded(entry.of.seats)
    const isAhead = (of: RunClass): boolean => (head(of)?.score ?? Number.POSITIVE_INFINITY) <= entry.score
    if (seat === null || (queue.queued > 0 && [...queue.classesOf(seat)].some(isAhead))) {
      queue.drop(waiting.run_id)
      return null
    }
    const made = reservation(waiting, seat)
    this.#reservations.set(made, now)
    return made
  }

  async give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void> {
    for (const { reservation: made, grant } of given) {
      this.#reservations.delete(made)
      this.#queue(made.waiting.domain).drop(made.waiting.run_id)
      const seat = this.#seat(made.waiting.domain, made.worker_id, made.session)
      // A seat that changed hands meanwhile is not given to: its session's next renewal brings the grant again.
      seat?.give(grant)
    }
  }

  async giveUp(reservations: readonly Reservation[], again: boolean): Promise<void> {
    for (const made of reservations) {
      this.#reservations.delete(made)
      this.#seat(made.waiting.domain, made.worker_id, made.session)?.reserved.delete(made.waiting.run_id)
      const queue = this.#queue(made.waiting.domain)
      const entry = queue.known.get(made.waiting.run_id)
      if (again && entry) queue.requeue(entry)
      else queue.drop(made.waiting.run_id)
    }
  }

  async lapse(now: Millis): Promise<number> {
    const old = [...this.#reservations].filter(([, since]) => now - since > lapseAfter).map(([made]) => made)
    await this.giveUp(old, true)
    return old.length
  }

  async admit(presence: Omit<Presence, 'running' | 'heartbeat'>, taken: readonly Taken[], now: Millis): Promise<void> {
    const queue = this.#queue(presence.card.domain)
    queue.seats.get(presence.card.worker_id)?.dismiss()
    queue.seat(new Seat(presence, taken, now))
  }

  async setState(domain: string, workerId: string, state: WorkerState): Promise<void> {
    const seat = this.#queue(domain).seats.get(workerId)
    if (seat) seat.state = state
  }

  async dismiss(domain: string, workerId: string, session: string): Promise<void> {
    this.#seat(domain, workerId, session)?.dismiss()
    if (this.#seat(domain, workerId, session)) this.#queue(domain).unseat(workerId)
  }

  async claim(
    domain: string,
    workerId: string,
    session: string,
    free: number,
    signal: AbortSignal,
  ): Promise<readonly Grant[]> {
    return (await this.#seat(domain, workerId, session)?.claim(free, signal)) ?? []
  }

  async takeBack(domain: string, workerId: string, session: string): Promise<readonly Grant[]> {
    return this.#seat(domain, workerId, session)?.takeBack() ?? []
  }

  async renew(domain: string, workerId: string, session: string, now: Millis): Promise<boolean> {
    return this.#seat(domain, workerId, session)?.renew(now) ?? false
  }

  async block(
    domain: string,
    workerId: string,
    session: string,
    heartbeat: Millis | null,
    now: Millis,
  ): Promise<boolean> {
    const seat = this.#seat(domain, workerId, session)
    return seat === null ? heartbeat === null : seat.block(heartbeat, now)
  }

  async release(domain: string, workerId: string, ended: readonly Held[]): Promise<void> {
    const seat = this.#queue(domain).seats.get(workerId)
    for (const { run_id, token } of ended) seat?.release(run_id, token)
  }

  async workers(domain: string | null): Promise<readonly Presence[]> {
    return this.#queues(domain).flatMap((queue) => [...queue.seats.values()].map((seat) => seat.presence))
  }

  async waiting(domain: string | null, limit: number): Promise<readonly Waiting[]> {
    // The worst of the best so far is on top: a hundred of a hundred thousand are found in one walk, without sorting them.
    const best = new TinyQueue<Entry>([], (one, other) => byRank(other, one))
    for (const queue of this.#queues(domain))
      for (const entry of queue.known.values()) {
        if (entry.state !== 'queued') continue
        const worst = best.length < limit ? undefined : best.peek()
        if (worst !== undefined && byRank(entry, worst) > 0) continue
        best.push(entry)
        if (best.length > limit) best.pop()
      }
    const sorted: Waiting[] = []
    for (let entry = best.pop(); entry !== undefined; entry = best.pop()) sorted.push(entry.waiting)
    return sorted.reverse()
  }

  async depth(domain: string | null): Promise<number> {
    return this.#queues(domain).reduce((sum, queue) => sum + queue.queued, 0)
  }

  async close(): Promise<void> {
    for (const queue of this.#domains.values()) for (const seat of queue.seats.values()) seat.dismiss()
    this.#domains.clear()
  }

  #queue(domain: string): DomainQueue {
    const queue = this.#domains.get(domain) ?? new DomainQueue()
    this.#domains.set(domain, queue)
    return queue
  }

  #queues(domain: string | null): readonly DomainQueue[] {
    return domain === null ? [...this.#domains.values()] : [this.#queue(domain)]
  }

  #seat(domain: string, workerId: string, session: string): Seat | null {
    const seat = this.#domains.get(domain)?.seats.get(workerId)
    return seat?.session === session ? seat : null
  }
}

/** In the order of dispatch; those of one millisecond and priority as they were made. */
const byRank = (one: Entry, other: Entry): number =>
  one.score - other.score || (one.waiting.run_id < other.waiting.run_id ? -1 : 1)

function reservation(waiting: Waiting, seat: Seat): Reservation {
  return { waiting, worker_id: seat.workerId, session: seat.session, slot: seat.reserve(waiting.run_id) }
}

function leastLoaded(seats: Iterable<Seat>): Seat | null {
  let best: Seat | null = null
  for (const seat of seats) if (seat.isFree && (best === null || byLoad(seat.load, best.load) < 0)) best = seat
  return best
}
