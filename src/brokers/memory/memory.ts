import type { WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type {
  Admission,
  Broker,
  Heartbeat,
  Lapsed,
  Presence,
  Reservation,
  Stranger,
  Taken,
  Waiting,
} from '../../ports/broker.ts'
import type { Grant, Held } from '../../ports/link.ts'
import { Blocks } from './blocks.ts'
import { bestWaiting, DomainQueue, head, type RunClass } from './queue.ts'
import { leastLoaded, Seat } from './seat.ts'

/** A reservation that was neither given nor given up lapses after this. */
const lapseAfter: Millis = 10_000
interface Pending {
  readonly made: Reservation
  readonly since: Millis
  /** It came out of the queue, and goes back there when it lapses. */
  readonly wasQueued: boolean
}

/** The broker of one process: all in memory, rebuilt from the store at every start. */
export class MemoryBroker implements Broker {
  readonly #domains = new Map<string, DomainQueue>()
  /** By their marks. */
  readonly #reservations = new Map<string, Pending>()
  readonly #blocks = new Blocks()
  #turn = 0

  async enqueue(waiting: readonly Waiting[]): Promise<readonly string[]> {
    const unfit: string[] = []
    for (const one of waiting) {
      const queue = this.#queue(one.domain)
      if (!queue.known.has(one.run_id) && queue.add(one, 'queued').of.seats.size === 0) unfit.push(one.run_id)
    }
    return unfit
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
    for (const one of made) this.#reservations.set(one.mark, { made: one, since: now, wasQueued: true })
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
    return entry === null || seat === null ? null : seat.reserve(entry.waiting)
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
    const made = seat.reserve(waiting)
    this.#reservations.set(made.mark, { made, since: now, wasQueued: false })
    return made
  }

  async give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void> {
    for (const { reservation: made, grant } of given) {
      this.#reservations.delete(made.mark)
      this.#queue(made.waiting.domain).drop(made.waiting.run_id)
      const seat = this.#seat(made.waiting.domain, made.worker_id, made.session)
      // A seat that changed hands meanwhile is not given to: its session's next renewal brings the grant again.
      seat?.give(grant)
    }
  }

  async giveUp(reservations: readonly Reservation[], again: boolean): Promise<void> {
    for (const made of reservations) {
      // One that lapsed may be another's by now.
      if (!this.#reservations.delete(made.mark)) continue
      this.#seat(made.waiting.domain, made.worker_id, made.session)?.reserved.delete(made.waiting.run_id)
      const queue = this.#queue(made.waiting.domain)
      const entry = queue.known.get(made.waiting.run_id)
      if (again && entry) queue.requeue(entry)
      else queue.drop(made.waiting.run_id)
    }
  }

  async lapse(now: Millis): Promise<Lapsed> {
    const old = [...this.#reservations.values()].filter(({ since }) => now - since > lapseAfter)
    for (const { made, wasQueued } of old) await this.giveUp([made], wasQueued)
    return { freed: old.length, isLost: false }
  }

  /** Nobody else is there. */
  onWork(): () => void {
    return () => {}
  }

  async admit(admission: Admission, taken: readonly Taken[], now: Millis): Promise<boolean> {
    if (this.#blocks.isBlocked(admission.session, now)) return false
    const queue = this.#queue(admission.card.domain)
    const before = queue.seats.get(admission.card.worker_id)
    const seat = new Seat(admission, taken, now)
    if (before?.session === seat.session) seat.inherit(before)
    before?.dismiss()
    queue.seat(seat)
    return true
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
    const seat = this.#blocks.isBlocked(session, now) ? null : this.#seat(domain, workerId, session)
    if (seat) seat.heartbeat = now
    return seat !== null
  }

  async release(domain: string, workerId: string, ended: readonly Held[]): Promise<void> {
    const seat = this.#queue(domain).seats.get(workerId)
    for (const { run_id, token } of ended) seat?.release(run_id, token)
  }

  async heartbeats(): Promise<readonly Heartbeat[]> {
    return [...this.#domains].flatMap(([domain, { seats }]) =>
      [...seats.values()].map(({ workerId: worker_id, session, heartbeat }) => ({
        domain,
        worker_id,
        session,
        heartbeat,
      })),
    )
  }

  async block(
    domain: string,
    workerId: string,
    session: string,
    heartbeat: Millis | null,
    now: Millis,
  ): Promise<boolean> {
    if ((this.#seat(domain, workerId, session)?.heartbeat ?? null) !== heartbeat) return false
    this.#blocks.block(session, now)
    return true
  }

  async workers(domain: string | null): Promise<readonly Presence[]> {
    return this.#queues(domain).flatMap((queue) => [...queue.seats.values()].map((seat) => seat.presence))
  }

  /** Nobody comes here but through a scheduler. */
  async strangers(): Promise<readonly Stranger[]> {
    return []
  }

  async waiting(domain: string | null, limit: number): Promise<readonly Waiting[]> {
    return bestWaiting(this.#queues(domain), limit)
  }

  async depth(domain: string | null): Promise<number> {
    return this.#queues(domain).reduce((sum, queue) => sum + queue.queued, 0)
  }

  /** Here is nobody but the control plane. */
  async show(): Promise<void> {}

  async forget(domain: string): Promise<void> {
    const queue = this.#queue(domain)
    if (queue.known.size === 0 && queue.seats.size === 0) this.#domains.delete(domain)
  }

  /** It is always there. */
  async check(): Promise<void> {}

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
