import { HydraError } from '../model/errors.ts'
import { type HostLoad, sampleEvery } from '../model/host-load.ts'
import { isOut, type Run } from '../model/run.ts'
import { afterSessionLost, takenBack } from '../model/run-life.ts'
import type { Session, WorkerCard } from '../model/session.ts'
import type { Broker } from '../ports/broker.ts'
import type { Ack, Aside, Grant, Held, Link, Registered, Renewal, Report } from '../ports/link.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { newId, sha256 } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import type { Dispatcher } from './dispatch.ts'
import type { EventHub } from './event-hub.ts'
import type { Ingest } from './ingest.ts'
import type { Mover } from './mover.ts'
import { type Guest, newGuest, Renewals } from './renewals.ts'
import { workerEvent } from './tell.ts'
import { silentListedFor } from './views-workers.ts'

export interface DeskParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly ingest: Ingest
  readonly dispatcher: Dispatcher
  readonly mover: Mover
  readonly clock: Clock
  readonly log: Log
}

/** How many sessions are remembered. One that is forgotten is read again; those of workers that never said goodbye go with time. */
const mostGuests = 10_000

/** The control plane's side of every link: where workers register, fetch, renew and report. */
export class Desk implements Link {
  readonly #parts: DeskParts
  readonly #renewals: Renewals
  /** Sessions may have registered with another scheduler, or before this one started. */
  readonly #guests = new Map<string, Guest>()
  readonly #anyCancel = new Set<(run: Run) => void>()
  readonly #cancels = new Map<string, Set<(held: Held) => void>>()

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#renewals = new Renewals(parts)
  }

  register(card: WorkerCard, secret: string): Promise<Registered> {
    return this.admit(card, sha256(secret), null)
  }

  /** As `register`. @param secretHash SHA-256, in hex. @param tokenHash of the token that the worker came with; null: it is the server's own */
  async admit(card: WorkerCard, secretHash: string, tokenHash: string | null): Promise<Registered> {
    const { store, broker, hub, dispatcher, clock } = this.#parts
    if ((await store.domains.get(card.domain)) === null)
      throw new HydraError('NOT_FOUND', `There is no domain ${card.domain}.`)
    const now = clock.now()
    const record = await store.workers.record(card.domain, card.worker_id, card.first_state, now)
    const session = await this.#session(card, secretHash, tokenHash)
    this.#remember({ ...newGuest(session), state: record.state })
    const out = await store.runs.ofSession(session._id)
    const taken = out.map(({ _id: run_id, job_id, token, slot, user }) => ({
      run_id,
      job_id,
      token,
      slot: slot ?? 0,
      user,
    }))
    const admission = { card, session: session._id, state: record.state, token_hash: tokenHash }
    if (!(await broker.admit(admission, taken, now)))
      throw new HydraError('CONFLICT', `The session of the worker ${card.worker_id} is being judged; try again.`)
    hub.publish([workerEvent('worker_online', card.domain, card.worker_id, now)])
    dispatcher.wake()
    return { session: session._id, state: record.state, ttl: card.ttl }
  }

  /** The session of an earlier life of the worker, taken over; or a new one. */
  async #session(card: WorkerCard, secret_hash: string, token_hash: string | null): Promise<Session> {
    const { store, clock, mover } = this.#parts
    const now = clock.now()
    const theirs = (await store.workers.liveSessions()).filter(
      (one) => one.domain === card.domain && one.worker_id === card.worker_id,
    )
    for (const before of theirs) {
      if (before.secret_hash === secret_hash) {
        const after: Session = { ...before, ...card, token_hash, rev: before.rev + 1 }
        if (await store.workers.changeSession(before, after)) return after
        throw new HydraError(
          'CONFLICT',
          `The session of the worker ${card.worker_id} is being changed by another; try again.`,
        )
      }
      // A session without a deadline lives on this machine alone, under the lock that this process holds now: for the
      // server's own worker its predecessor is gone. Any other has to be judged first, and by nobody from elsewhere.
      if (before.ttl !== null || token_hash !== null)
        throw new HydraError(
          'CONFLICT',
          `The worker ${card.worker_id} is in use by another process; give this one another WORKER_ID.`,
        )
      await mover.judge(before, 'lost')
    }
    const made: Session = {
      ...card,
      _id: newId(),
      secret_hash,
      state: 'live',
      hold_until: null,
      token_hash,
      created_at: now,
      ended_at: null,
      rev: 1,
    }
    await store.workers.insertSession(made)
    await this.#follow(made)
    return made
  }

  /** What an earlier life left in the list of workers, as offline, is not told of a later one that says goodbye. */
  async #follow({ domain, worker_id, created_at }: Session): Promise<void> {
    const { workers } = this.#parts.store
    for (const one of await workers.lostSessions(created_at - silentListedFor))
      if (one.domain === domain && one.worker_id === worker_id && !one.followed)
        await workers.changeSession(one, { ...one, followed: true, rev: one.rev + 1 })
  }

  async claim(session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    const { domain, worker_id } = await this.session(session)
    const grants = await this.#parts.broker.claim(domain, worker_id, session, free, signal)
    if (grants.length > 0) failPoint('desk.claimed')
    return grants
  }

  renew(session: string, held: readonly Held[], _taken?: () => void, aside: Aside = {}): Promise<Renewal> {
    return this.renewal(session, held, performance.now(), aside)
  }

  /** As `renew`. @param sentAt when it was sent, or came, by this process's monotonic clock, ms */
  async renewal(
    session: string,
    held: readonly Held[],
    sentAt: number,
    { host = null, leaving = false }: Aside = {},
  ): Promise<Renewal> {
    const guest = await this.#guest(session)
    // Until the next look at the seats, which puts back what the store says: so it is said at each renewal.
    if (leaving)
      await tell(() => this.#parts.broker.setState(guest.session.domain, guest.session.worker_id, 'draining'))
    const renewal = await this.#renewals.take(guest, held, sentAt)
    if (renewal !== null) {
      if (host !== null) this.#keepSample(guest, host)
      return renewal
    }
    this.#guests.delete(session)
    throw new HydraError('CONFLICT', 'The session is not admitted; register again.')
  }

  /** Nobody waits for it; of what comes more often than once a minute, the rest is left out. */
  #keepSample(guest: Guest, host: HostLoad): void {
    const { store, clock, log } = this.#parts
    const now = clock.now()
    // A worker's minute may be a little shorter than this one's.
    if (now - guest.sampledAt < sampleEvery / 2) return
    guest.sampledAt = now
    const { domain, worker_id } = guest.session
    store.workers.keepSample(domain, worker_id, { ...host, at: now }).catch((error: unknown) => {
      log.debug('a sample of a machine could not be kept', { domain, worker_id, error })
    })
  }

  async report(session: string, reports: readonly Report[]): Promise<readonly Ack[]> {
    const { domain, worker_id } = await this.session(session)
    return this.#parts.ingest.take({ session, domain, worker_id }, reports)
  }

  onCancel(session: string, told: (held: Held) => void): () => void {
    const those = this.#cancels.get(session) ?? new Set()
    this.#cancels.set(session, those.add(told))
    return () => {
      those.delete(told)
      if (those.size === 0 && this.#cancels.get(session) === those) this.#cancels.delete(session)
    }
  }

  /** Calls back at each run of any session that is to be cancelled; the answer stops it. */
  onAnyCancel(told: (run: Run) => void): () => void {
    this.#anyCancel.add(told)
    return () => this.#anyCancel.delete(told)
  }

  /** Tells a session at once that a run of its is to be cancelled; its next renewal says it again. */
  tellCancel(run: Run): void {
    for (const told of this.#anyCancel) told(run)
    const those = run.session === null ? undefined : this.#cancels.get(run.session)
    for (const told of [...(those ?? [])]) told({ run_id: run._id, token: run.token })
  }

  async goodbye(session: string): Promise<void> {
    const { store, broker, hub, clock, mover } = this.#parts
    const { domain, worker_id } = await this.session(session)
    // What its runs leave free is not given away any more: what goes back would come to the one that leaves.
    await broker.setState(domain, worker_id, 'draining')
    // Proven unclaimed: they lay in the worker's own queue until now.
    const unclaimed = new Set((await broker.takeBack(domain, worker_id, session)).map((grant) => grant.run_id))
    // Gone before its runs go back, or they would be given to the one that leaves.
    await broker.dismiss(domain, worker_id, session)
    for (const run of await store.runs.ofSession(session)) {
      // It holds nothing, so what it did not tell as started never was: it was on its way to the worker, or the claim's answer was.
      if (unclaimed.has(run._id) || run.status === 'dispatched')
        await mover.move(run, (now, found) => takenBack(found, now))
      else if (isOut(run)) await mover.move(run, (now, found) => afterSessionLost(found, now))
    }
    const before = await store.workers.session(session)
    if (before?.state === 'live')
      await store.workers.changeSession(before, {
        ...before,
        state: 'ended',
        ended_at: clock.now(),
        rev: before.rev + 1,
      })
    this.#guests.delete(session)
    hub.publish([workerEvent('worker_offline', domain, worker_id, clock.now(), { reason: 'said goodbye' })])
  }

  /** @throws CONFLICT where there is no such session any more */
  async session(id: string): Promise<Session> {
    return (await this.#guest(id)).session
  }

  async #guest(session: string): Promise<Guest> {
    const known = this.#guests.get(session)
    if (known) return known
    const stored = await this.#parts.store.workers.session(session)
    if (stored?.state !== 'live') throw new HydraError('CONFLICT', 'The session is not known here; register again.')
    return this.#remember(newGuest(stored))
  }

  #remember(guest: Guest): Guest {
    this.#guests.delete(guest.session._id)
    const oldest = this.#guests.size < mostGuests ? undefined : this.#guests.keys().next().value
    if (oldest !== undefined) this.#guests.delete(oldest)
    this.#guests.set(guest.session._id, guest)
    return guest
  }
}
