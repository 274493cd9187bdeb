import { isExpired, type Token } from '../model/domain.ts'
import { HydraError } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'
import { inTimeOr } from './away.ts'
import type { Clock } from './clock.ts'

/** How long a token that was found may be believed in: a scheduler elsewhere may have ended it. With the streams' look: below 1 s. */
const believedFor: Millis = 500

/** How long a store may take where what it said last would do. */
const answerWithin: Millis = 500

/** At most this many are remembered; beyond, the oldest is forgotten. */
const most = 10_000

/** The use of a token is noted at most this often: no request waits for a write, or causes one of its own. */
const noteEvery: Millis = 60_000

/** Tokens by hash, as the store has them. Only what was found is remembered, so that a new token works at once. */
export class TokenCache {
  readonly #store: Pick<Store['domains'], 'tokenByHash' | 'get' | 'usedToken'>
  readonly #clock: Clock
  readonly #log: Log
  readonly #found = new Map<string, { readonly token: Token; readonly until: number }>()
  /** When the use of a token, by its hash, was noted last by this process. */
  readonly #noted = new Map<string, Millis>()
  readonly #listeners = new Set<() => void>()
  /** Counts the changes: what was read before one must not be remembered after it. */
  #epoch = 0

  constructor(store: Pick<Store['domains'], 'tokenByHash' | 'get' | 'usedToken'>, clock: Clock, log: Log) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** The valid token of this hash, or null. */
  async find(hash: string): Promise<Token | null> {
    const known = this.#found.get(hash)
    const now = performance.now()
    if (known && known.until > now) return this.#valid(known.token)
    const epoch = this.#epoch
    const token = await this.#read(hash)
    if (token === null) {
      this.#found.delete(hash)
      return null
    }
    if (epoch === this.#epoch) remember(this.#found, hash, { token, until: now + believedFor })
    return this.#valid(token)
  }

  /**
   * As `find`; while the store is away or slow, a token that was found before counts as it did then: for what gives nothing
   * new, and must not end with the store.
   * @throws UNAVAILABLE soon, where it is not known: another scheduler may know it
   */
  async findOrLast(hash: string): Promise<Token | null> {
    const known = this.#found.get(hash)
    const asked = this.find(hash)
    return inTimeOr(asked, answerWithin, () => {
      if (known === undefined) throw new HydraError('UNAVAILABLE', 'The store does not answer; try again.')
      return this.#valid(known.token)
    })
  }

  /** Tokens changed: nothing that is remembered counts any more, and open streams ask again. */
  clear(): void {
    this.#epoch += 1
    this.#found.clear()
    for (const told of this.#listeners) told()
  }

  onChange(told: () => void): () => void {
    this.#listeners.add(told)
    return () => this.#listeners.delete(told)
  }

  /** A token without its domain, which a crash amid a removal can leave, opens nothing. */
  async #read(hash: string): Promise<Token | null> {
    const token = await this.#store.tokenByHash(hash)
    return token === null || (await this.#store.get(token.domain)) === null ? null : token
  }

  #valid(token: Token): Token | null {
    const now = this.#clock.now()
    if (isExpired(token, now)) return null
    this.#note(token, now)
    return token
  }

  #note({ _id, hash, last_used_at }: Token, now: Millis): void {
    if (now - Math.max(last_used_at ?? 0, this.#noted.get(hash) ?? 0) < noteEvery) return
    remember(this.#noted, hash, now)
    this.#store
      .usedToken(_id, now)
      .catch((error: unknown) => this.#log.warn('the use of a token could not be noted', { error }))
  }
}

/** Keeps a value, in place of the oldest where there are too many. */
function remember<V>(kept: Map<string, V>, key: string, value: V): void {
  if (!kept.has(key) && kept.size >= most) {
    const oldest = kept.keys().next()
    if (!oldest.done) kept.delete(oldest.value)
  }
  kept.set(key, value)
}
