import type { Millis } from '../../model/time.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { readWork } from '../../redis/keys.ts'

/** How often every domain is looked at, whether something was told of it or not: messages are hints. */
const lookAtAllEvery: Millis = 2000

/** The domains that Redis has something of, and those of them in which something may be given out. */
export class Domains {
  readonly #redis: RedisConnection
  readonly #origin: string
  readonly #noted = new Set<string>()
  /** When something was last told of each, as a count: what is told while its queue is being asked is not overlooked. */
  readonly #stirred = new Map<string, number>()
  readonly #told = new Set<() => void>()
  #count = 0
  #turn = 0
  #lookedAt = Number.NEGATIVE_INFINITY

  /** @param origin how this process is named in messages */
  constructor(redis: RedisConnection, origin: string) {
    this.#redis = redis
    this.#origin = origin
  }

  /** From here on it is known what others stir. */
  async listen(): Promise<void> {
    const { ears, keys } = this.#redis
    await ears.listen(keys.work, (message) => {
      const work = message === null ? null : readWork(message)
      if (work?.origin === this.#origin) return
      if (work) this.stir(work.domain)
      else this.stirAll()
      for (const told of this.#told) told()
    })
  }

  onWork(told: () => void): () => void {
    this.#told.add(told)
    return () => this.#told.delete(told)
  }

  /** The domain has something in Redis: every process is to find it. */
  async note(domain: string): Promise<void> {
    if (this.#noted.has(domain)) return
    const { keys } = this.#redis
    await this.#redis.ask((client) => client.sadd(keys.domains, domain))
    this.#noted.add(domain)
  }

  /** The domain is gone, for this process and for all. */
  async forget(domain: string): Promise<void> {
    this.#noted.delete(domain)
    this.#stirred.delete(domain)
    await this.#redis.ask((client) => client.srem(this.#redis.keys.domains, domain))
  }

  /** All is to be looked at again at once. */
  stirAll(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY
  }

  /** Something may be given out in the domain. */
  stir(domain: string): void {
    this.#count += 1
    this.#stirred.set(domain, this.#count)
  }

  async all(): Promise<readonly string[]> {
    const { keys } = this.#redis
    const known = new Set(await this.#redis.ask((client) => client.smembers(keys.domains)))
    // Flushed, or forgotten by another: to be noted again when something comes.
    for (const domain of this.#noted) if (!known.has(domain)) this.#noted.delete(domain)
    return [...known].sort()
  }

  /** One domain, or all. */
  async these(domain: string | null): Promise<readonly string[]> {
    return domain === null ? this.all() : [domain]
  }

  /** Where something may be given out; each time another begins. */
  async stirred(): Promise<readonly string[]> {
    const now = performance.now()
    if (now - this.#lookedAt > lookAtAllEvery) {
      const all = await this.all()
      this.#lookedAt = now
      for (const domain of all) if (!this.#stirred.has(domain)) this.stir(domain)
    }
    const domains = [...this.#stirred.keys()]
    this.#turn = domains.length === 0 ? 0 : (this.#turn + 1) % domains.length
    return [...domains.slice(this.#turn), ...domains.slice(0, this.#turn)]
  }

  /** Asks a domain; `isDone` says of the answer that nothing is left, which holds unless something is told meanwhile. */
  async settle<T>(domain: string, ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
    const before = this.#stirred.get(domain)
    const answer = await ask()
    if (isDone(answer) && this.#stirred.get(domain) === before) this.#stirred.delete(domain)
    return answer
  }
}
