import type { Session } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Clock } from './clock.ts'
import type { Mover } from './mover.ts'
import { looked, type Sightings } from './silence.ts'

const every: Millis = 500
/** A look that comes so much too late, or takes so long, says that this scheduler itself was held up. */
const late: Millis = 1000

export interface VerdictParts {
  readonly store: Store
  readonly broker: Broker
  readonly mover: Mover
  readonly clock: Clock
  readonly log: Log
}

/**
 * Judges the workers that were silent for a TTL. Any number of schedulers may: each sees for itself, and the
 * compare-and-set on the session decides. Sessions are read from the store, never from the broker's keys.
 */
export class VerdictLoop extends Loop {
  readonly #parts: VerdictParts
  #seen: Sightings = new Map()
  #lookedAt = performance.now()

  constructor(parts: VerdictParts) {
    super({ name: 'verdicts', every, log: parts.log })
    this.#parts = parts
  }

  async runOnce(): Promise<Pass> {
    try {
      await this.#look()
    } catch (error) {
      // What could not be read may have changed: the count begins anew.
      this.#seen = new Map()
      this.#lookedAt = performance.now()
      throw error
    }
    return { more: false }
  }

  async #look(): Promise<void> {
    const { store, broker } = this.#parts
    const sessions = new Map<string, Session & { readonly ttl: Millis }>()
    for (const session of await store.workers.liveSessions())
      if (session.ttl !== null) sessions.set(session._id, { ...session, ttl: session.ttl })
    const here = sessions.size === 0 ? [] : await broker.heartbeats()
    const heartbeats = new Map(here.map(({ session, heartbeat }) => [session, heartbeat]))
    const now = performance.now()
    const beats = [...sessions].map(([session, { ttl }]) => ({
      session,
      ttl,
      heartbeat: heartbeats.get(session) ?? null,
    }))
    const { sightings, silent } = looked(this.#seen, beats, now, now - this.#lookedAt > every + late)
    this.#seen = sightings
    this.#lookedAt = now
    for (const id of silent) {
      const session = sessions.get(id)
      if (session) await this.#judge(session, heartbeats.get(id) ?? null)
    }
    await this.#expel([...sessions.values()].filter(({ _id }) => heartbeats.has(_id)))
  }

  /** Who came with a token that has ended beats and claims no more: its lease runs out, and then it is judged. */
  async #expel(sessions: readonly Session[]): Promise<void> {
    const valid = new Map<string | null, boolean>()
    for (const session of sessions) {
      const { token_hash } = session
      if (!valid.has(token_hash)) valid.set(token_hash, await this.#hasToken(session))
      if (valid.get(token_hash)) continue
      const { domain, worker_id } = session
      this.#parts.log.warn('the token of a worker has ended: it gets no more work', { domain, worker_id })
      await this.#parts.mover.expel(session)
    }
  }

  async #judge(session: Session, heartbeat: Millis | null): Promise<void> {
    const { broker, mover, clock, log } = this.#parts
    const { domain, worker_id, _id, hold_until } = session
    // It reached another scheduler while it could not reach the broker.
    if (hold_until !== null && hold_until > clock.now()) return
    if (!(await broker.block(domain, worker_id, _id, heartbeat, clock.now()))) return
    failPoint('verdict.blocked')
    const how = (await this.#hasToken(session)) ? 'lost' : 'ended'
    if (await mover.judge(session, how))
      log.warn('a worker was silent for its TTL', { domain, worker_id, verdict: how })
  }

  /** Whether the token that it came with still holds; the server's own worker came with none. */
  async #hasToken({ token_hash }: Session): Promise<boolean> {
    if (token_hash === null) return true
    const token = await this.#parts.store.domains.tokenByHash(token_hash)
    return token !== null && (token.expires_at === null || token.expires_at > this.#parts.clock.now())
  }
}
