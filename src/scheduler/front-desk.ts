import { timingSafeEqual } from 'node:crypto'
import { HydraError } from '../model/errors.ts'
import type { WorkerCard } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Ack, Grant, Held, Registered, Renewal, Report } from '../ports/link.ts'
import { sha256 } from '../runtime/ids.ts'
import type { Desk } from './desk.ts'

/** Who speaks, by the token that came with the call. */
export interface Visitor {
  readonly domain: string
  readonly tokenHash: string
}

/** A session and the secret that makes it the speaker's own. */
export interface Proof {
  readonly session: string
  readonly secret: string
}

/** The longest lease that a worker may ask for. */
const longestLease: Millis = 3_600_000

/**
 * The desk as workers from elsewhere reach it: accepted in the domain of their token alone, and each call proves that
 * the session is the caller's. Whatever does not fit is answered like a session that is not known.
 */
export class FrontDesk {
  readonly #desk: Desk
  readonly #ttl: Millis

  /** @param heartbeatTtl after which a silent worker is judged; none can ask for less */
  constructor(desk: Desk, heartbeatTtl: Millis) {
    this.#desk = desk
    this.#ttl = heartbeatTtl
  }

  /** @throws FORBIDDEN for a worker of another domain than its token's; CONFLICT where its id is in use */
  async register({ domain, tokenHash }: Visitor, card: WorkerCard, secret: string): Promise<Registered> {
    if (card.domain !== domain)
      throw new HydraError(
        'FORBIDDEN',
        `The token is not one of the domain ${card.domain}; set WORKER_DOMAIN to the token's domain.`,
      )
    const ttl = Math.min(longestLease, Math.max(this.#ttl, card.ttl ?? 0))
    return this.#desk.admit({ ...card, ttl }, secret, tokenHash)
  }

  async claim(visitor: Visitor, proof: Proof, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    await this.#prove(visitor, proof)
    return this.#desk.claim(proof.session, free, signal)
  }

  async renew(visitor: Visitor, proof: Proof, held: readonly Held[]): Promise<Renewal> {
    await this.#prove(visitor, proof)
    return this.#desk.renew(proof.session, held)
  }

  async report(visitor: Visitor, proof: Proof, reports: readonly Report[]): Promise<readonly Ack[]> {
    await this.#prove(visitor, proof)
    return this.#desk.report(proof.session, reports)
  }

  async goodbye(visitor: Visitor, proof: Proof): Promise<void> {
    await this.#prove(visitor, proof)
    await this.#desk.goodbye(proof.session)
  }

  /** The next cancels for the session; empty when aborted. */
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

  async #prove({ domain }: Visitor, { session, secret }: Proof): Promise<void> {
    const stored = await this.#desk.session(session)
    const given = Buffer.from(sha256(secret))
    const isTheirs = stored.domain === domain && timingSafeEqual(given, Buffer.from(stored.secret_hash))
    if (!isTheirs) throw new HydraError('CONFLICT', 'The session is not known here; register again.')
  }
}
