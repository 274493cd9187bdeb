import { timingSafeEqual } from 'node:crypto'
import { HydraError } from '../model/errors.ts'
import type { WorkerCard } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Proof, RemoteDesk, Visitor } from '../ports/desk.ts'
import type { Ack, Aside, Grant, Held, Registered, Renewal, Report } from '../ports/link.ts'
import type { Store } from '../ports/store.ts'
import { sha256 } from '../runtime/ids.ts'
import type { Clock } from './clock.ts'
import type { Desk } from './desk.ts'

/** The longest lease that a worker may ask for. */
const longestLease: Millis = 3_600_000

/**
 * The desk as workers from elsewhere reach it: accepted in the domain of their token alone, and each call proves that
 * the session is the caller's. Whatever does not fit is answered like a session that is not known.
 */
export class FrontDesk implements RemoteDesk {
  readonly #desk: Desk
  readonly #domains: Store['domains']
  readonly #clock: Clock
  readonly #ttl: Millis

  /** @param heartbeatTtl after which a silent worker is judged; none can ask for less */
  constructor(desk: Desk, domains: Store['domains'], clock: Clock, heartbeatTtl: Millis) {
    this.#desk = desk
    this.#domains = domains
    this.#clock = clock
    this.#ttl = heartbeatTtl
  }

  async register(visitor: Visitor, card: WorkerCard, secretHash: string): Promise<Registered> {
    const { domain, tokenHash, workerId } = visitor
    const token = await this.#domains.tokenByHash(tokenHash)
    const ended = token?.expires_at != null && token.expires_at <= this.#clock.now()
    if (token === null || ended)
      throw new HydraError('UNAUTHENTICATED', "The worker's token is not known, or it has ended.")
    if (token.role === 'read') throw new HydraError('FORBIDDEN', 'This token may read only.')
    if (card.domain !== domain || token.domain !== domain)
      throw new HydraError(
        'FORBIDDEN',
        `The token is not one of the domain ${card.domain}; set WORKER_DOMAIN to the token's domain.`,
      )
    if (workerId !== null && workerId !== card.worker_id)
      throw new HydraError('FORBIDDEN', `The words came as those of ${workerId}, not of ${card.worker_id}.`)
    const ttl = Math.min(longestLease, Math.max(this.#ttl, card.ttl ?? 0))
    return this.#desk.admit({ ...card, ttl }, secretHash, tokenHash)
  }

  async claim(visitor: Visitor, proof: Proof, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    await this.#prove(visitor, proof)
    return this.#desk.claim(proof.session, free, signal)
  }

  async renew(
    visitor: Visitor,
    proof: Proof,
    held: readonly Held[],
    sentAt: number = performance.now(),
    aside: Aside = {},
  ): Promise<Renewal> {
    await this.#prove(visitor, proof)
    return this.#desk.renewal(proof.session, held, sentAt, aside)
  }

  async report(visitor: Visitor, proof: Proof, reports: readonly Report[]): Promise<readonly Ack[]> {
    await this.#prove(visitor, proof)
    return this.#desk.report(proof.session, reports)
  }

  async goodbye(visitor: Visitor, proof: Proof): Promise<void> {
    await this.#prove(visitor, proof)
    await this.#desk.goodbye(proof.session)
  }

  async cancels(visitor: Visitor, proof: Proof, signal: AbortSignal): Promise<readonly Held[]> {
    await this.#prove(visitor, proof)
    return new Promise((resolve) => {
      const end = (held: readonly Held[]): void => {
        forget()
        signal.removeEventListener('abort', aborted)
        resolve(held)
      }
      const aborted = (): void => end([])
      const forget = this.#desk.onCancel(proof.session, (held) => end([held]))
      if (signal.aborted) aborted()
      else signal.addEventListener('abort', aborted, { once: true })
    })
  }

  async #prove({ domain, workerId }: Visitor, { session, secret }: Proof): Promise<void> {
    const stored = await this.#desk.session(session)
    const isTheirs = secret === null ? stored.worker_id === workerId : isSecretOf(secret, stored.secret_hash)
    if (stored.domain !== domain || !isTheirs)
      throw new HydraError('CONFLICT', 'The session is not known here; register again.')
  }
}

const isSecretOf = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(sha256(secret)), Buffer.from(hash))
