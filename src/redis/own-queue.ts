import { documentReader } from '../model/document.ts'
import type { Millis } from '../model/time.ts'
import type { Grant } from '../ports/link.ts'
import { texts } from './answers.ts'
import { Bells } from './bells.ts'
import type { RedisConnection } from './connection.ts'

/** How many grants one call takes: none may hold Redis for a millisecond. */
const atOnce = 16
/** Who waits for grants looks for himself this often: no message is relied on. */
const lookEvery: Millis = 2000

/** A worker under one of its sessions. */
export interface Seated {
  readonly domain: string
  readonly workerId: string
  readonly session: string
}

export const readGrant = documentReader<Grant>(
  'grant',
  ({ run_id, token, definition }) =>
    typeof run_id === 'string' && typeof token === 'number' && typeof definition === 'object' && definition !== null,
)

/** What a worker does in Redis by itself, or a scheduler for it: it takes its grants, and beats. */
export class OwnQueue {
  readonly #redis: RedisConnection
  readonly #bells: Bells

  constructor(redis: RedisConnection) {
    this.#redis = redis
    this.#bells = new Bells(redis.ears)
  }

  /**
   * Waits for grants, at most `free`; empty when aborted, null when the session is not the worker's any more. Waits with a
   * bell that is heard before the first look, so what comes between look and wait is not missed.
   */
  async claim(who: Seated, free: number, signal: AbortSignal): Promise<readonly Grant[] | null> {
    const bell = this.#bells.open(this.#redis.keys.queue(who.domain, who.workerId))
    try {
      await bell.ready
      while (!signal.aborted) {
        const grants = await this.#claimNow(who, free)
        if (grants === null || grants.length > 0) return grants
        await bell.wait(signal, lookEvery)
      }
      return []
    } finally {
      bell.close()
    }
  }

  /** null: the worker has another session. */
  async #claimNow({ domain, workerId, session }: Seated, free: number): Promise<readonly Grant[] | null> {
    const most = Math.min(free, atOnce)
    const answer = await this.#redis.call('claim', domain, [workerId, session, most, Date.now()])
    return answer === 'other' ? null : texts(answer).map(readGrant)
  }

  /** A worker's heartbeat, by its own clock; false when the session is not (or no longer) admitted, or blocked. */
  async renew({ domain, workerId, session }: Seated, now: Millis): Promise<boolean> {
    return (await this.#redis.call('renew', domain, [workerId, session, now])) === 1
  }

  /** Whoever waits goes away empty. */
  close(): void {
    this.#bells.close()
  }
}
