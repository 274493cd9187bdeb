import { defaultTokenName, isExpired } from '../model/domain.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import type { Clock } from './clock.ts'

/** How often all are shown anew, ms of the monotonic clock: what a crash or a race of two schedulers left holds no longer. */
const usualPace: Millis = 60_000

/** So many are shown at once: what each takes is a few round trips, which they share. */
const atOnce = 25

export interface ShownDomainsParts {
  readonly store: Pick<Store, 'domains'>
  readonly broker: Pick<Broker, 'show'>
  readonly clock: Pick<Clock, 'now'>
}

/** Keeps what the broker shows of domains and their tokens as the store has it. */
export class ShownDomains {
  readonly #parts: ShownDomainsParts
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(parts: ShownDomainsParts) {
    this.#parts = parts
  }

  /** One domain, because something of it changed. */
  async showOne(domain: string): Promise<void> {
    const { store, broker, clock } = this.#parts
    const tokens = await store.domains.tokens(domain)
    const now = clock.now()
    const valid = tokens.filter((token) => !isExpired(token, now))
    await broker.show(
      domain,
      valid.map(({ hash, name, expires_at }) => ({
        hash,
        isDefault: name === defaultTokenName,
        endsIn: expires_at === null ? null : Math.ceil(expires_at - now),
      })),
    )
  }

  /** All of them, unless that was done lately. */
  async look(): Promise<void> {
    if (performance.now() - this.#shownAt >= usualPace) await this.showAll()
  }

  /** All of them. */
  async showAll(): Promise<void> {
    const began = performance.now()
    const names = (await this.#parts.store.domains.all()).map(({ domain }) => domain)
    for (let from = 0; from < names.length; from += atOnce)
      await Promise.all(names.slice(from, from + atOnce).map((name) => this.showOne(name)))
    this.#shownAt = began
  }
}
