import { type HydraEvent, readEvent } from '../../model/event.ts'
import type { Millis } from '../../model/time.ts'
import type { Feed, NumberedEvent } from '../../ports/feed.ts'
import { rows, texts } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'

/** Entries that a stream keeps; those of a domain are as many as can be resumed from. */
const keptOfAll = 20_000
const keptOfDomain = 10_000
const pageLength = 500
/** Events that wait while Redis is away; the oldest go. */
const mostWaiting = 10_000
/** No message is relied on: what was told and not heard is found by a look. */
const lookEvery: Millis = 2000

/**
 * Events of all schedulers, in one stream of Redis: its ids are theirs. A second stream per domain keeps the newest of each,
 * under the same ids, so that one tenant's flood takes nothing from another's history.
 */
export class RedisFeed implements Feed {
  readonly #redis: RedisConnection
  #waiting: HydraEvent[] = []
  #sending: Promise<void> | null = null
  #told: (events: readonly NumberedEvent[]) => void = () => {}
  #last = '0-0'
  #looking: Promise<void> | null = null
  #again = false
  #timer: NodeJS.Timeout | null = null
  #stop: () => void = () => {}

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  async open(told: (events: readonly NumberedEvent[]) => void): Promise<void> {
    const { events } = this.#redis.keys
    this.#told = told
    const [newest] = await this.#redis.ask((client) => client.xrevrange(events, '+', '-', 'COUNT', 1))
    this.#last = newest?.[0] ?? '0-0'
    this.#stop = await this.#redis.ears.listen(events, () => this.#look())
    this.#timer = setInterval(() => this.#look(), lookEvery).unref()
  }

  send(events: readonly HydraEvent[]): void {
    this.#waiting.push(...events)
    if (this.#waiting.length > mostWaiting) this.#waiting.splice(0, this.#waiting.length - mostWaiting)
    this.#sending ??= this.#sendAll()
      // Redis is away: what waits goes with the next event, or the next look.
      .catch(() => {})
      .finally(() => {
        this.#sending = null
      })
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, pageLength)
      await this.#add(some)
      // Only now: a failure in between tells some of them twice, and loses none.
      this.#waiting.splice(0, some.length)
    }
  }

  async #add(events: readonly HydraEvent[]): Promise<void> {
    const { keys } = this.#redis
    const written = events.map((event) => JSON.stringify(event))
    const ids = texts(
      await this.#redis.ask((client) =>
        Promise.all(written.map((event) => client.xadd(keys.events, 'MAXLEN', '~', keptOfAll, '*', 'e', event))),
      ),
    )
    await this.#redis.ask((client) =>
      Promise.all([
        ...events.map(({ domain }, i) =>
          // An id that another scheduler's event has overtaken is refused: it is missing from the history alone.
          client
            .xadd(keys.domainEvents(domain), 'MAXLEN', '~', keptOfDomain, ids[i] ?? '*', 'e', written[i] ?? '')
            .catch(() => null),
        ),
        client.publish(keys.events, ''),
      ]),
    )
  }

  #look(): void {
    this.#again = true
    if (this.#waiting.length > 0) this.send([])
    this.#looking ??= this.#readAll()
      .catch(() => {})
      .finally(() => {
        this.#looking = null
      })
  }

  async #readAll(): Promise<void> {
    const { events } = this.#redis.keys
    while (this.#again) {
      this.#again = false
      const found = await this.#redis.ask((client) => client.xrange(events, `(${this.#last}`, '+', 'COUNT', pageLength))
      this.#last = found.at(-1)?.[0] ?? this.#last
      if (found.length > 0) this.#told(numbered(found))
      if (found.length === pageLength) this.#again = true
    }
  }

  async newest(domain: string | null, most: number): Promise<readonly NumberedEvent[]> {
    const { keys } = this.#redis
    const stream = domain === null ? keys.events : keys.domainEvents(domain)
    const found: NumberedEvent[] = []
    try {
      for (let before = '+', more = true; more && found.length < most; ) {
        const page = await this.#redis.ask((client) => client.xrevrange(stream, before, '-', 'COUNT', pageLength))
        found.push(...numbered(page))
        before = `(${page.at(-1)?.[0]}`
        more = page.length === pageLength
      }
    } catch {
      // Redis is away: whoever resumes is told that some may be missing.
    }
    return found.slice(0, most).reverse()
  }

  async forget(domain: string): Promise<void> {
    await this.#redis.ask((client) => client.del(this.#redis.keys.domainEvents(domain))).catch(() => {})
  }

  tellRun(domain: string, runId: string): void {
    this.#redis.ask((client) => client.publish(this.#redis.keys.log(domain, runId), '')).catch(() => {})
  }

  watchRun(domain: string, runId: string, wake: () => void): () => void {
    const listening = this.#redis.ears.listen(this.#redis.keys.log(domain, runId), wake)
    return () => void listening.then((stop) => stop())
  }

  async close(): Promise<void> {
    this.#stop()
    if (this.#timer) clearInterval(this.#timer)
    await this.#sending
  }
}

const numbered = (entries: readonly (readonly [string, readonly string[]])[]): readonly NumberedEvent[] =>
  entries.flatMap(([id, fields]) =>
    rows(fields, 2).flatMap(([name, json = '']) => (name === 'e' ? [{ id, event: readEvent(json) }] : [])),
  )
