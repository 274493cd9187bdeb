import type { Token } from '../model/domain.ts'
import type { Millis } from '../model/time.ts'
import type { Store } from '../ports/store.ts'
import type { Clock } from './clock.ts'

/** How long a token that was found may be believed in: a scheduler elsewhere may have ended it. */
const believedFor: Millis = 1000

/** At most this many are remembered; beyond, the oldest is forgotten. */
const most = 10_000

/** Tokens by hash, as the store has them. Only what was found is remembered, so that a new token works at once. */
export class TokenCache {
  readonly #store: Pick<Store['domains'], 'tokenByHash'>
  readonly #clock: Clock
  readonly #found = new Map<string, { readonly token: Token; readonly until: number }>()
  readonly #listeners = new Set<() => void>()
  /** Counts the changes: what was read before one must not be remembered after it. */
  #epoch = 0

  constructor(store: Pick<Store['domains'], 'tokenByHash'>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** The valid token of this hash, or null. */
  async find(hash: string): Promise<Token | null> {
    const known = this.#found.get(hash)
    const now = performance.now()
    if (known && known.until > now) return this.#unexpired(known.token)
    const epoch = this.#epoch
    const token = await this.#store.tokenByHash(hash)
    if (token === null) {
      this.#found.delete(hash)
      return null
    }
    if (epoch === this.#epoch) this.#keep(hash, token, now + believedFor)
    return this.#unexpired(token)
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

  #keep(hash: string, token: Token, until: number): void {
    if (this.#found.size >= most) {
      const oldest = this.#found.keys().next()
      if (!oldest.done) this.#found.delete(oldest.value)
    }
    this.#found.set(hash, { token, until })
  }

  #unexpired(token: Token): Token | null {
    return token.expires_at !== null && token.expires_at <= this.#clock.now() ? null : token
  }
}
