import { randomBytes } from 'node:crypto'
import type { HydraEvent } from '../model/event.ts'

/** How many of the newest events of a domain (and of all) can be resumed from. */
export const keptEvents = 10_000

export interface NumberedEvent {
  readonly id: string
  readonly event: HydraEvent
}

/** What a stream reads next. `reset`: what it had seen last is no longer known, so it may have missed some. */
export interface EventPage {
  readonly events: readonly NumberedEvent[]
  readonly reset: boolean
}

/** The newest events of one audience, numbered on their own so that the numbers tell nothing of other tenants. */
class Ring {
  readonly #epoch = randomBytes(6).toString('hex')
  readonly #events: HydraEvent[] = []
  /** The number of the next event; from 1. */
  #next = 1

  push(event: HydraEvent): void {
    this.#events[this.#next % keptEvents] = event
    this.#next += 1
  }

  get tip(): string {
    return `${this.#epoch}-${this.#next - 1}`
  }

  read(after: string, limit: number): EventPage {
    const oldest = Math.max(1, this.#next - keptEvents)
    const [epoch, number] = [after.slice(0, after.lastIndexOf('-')), Number(after.slice(after.lastIndexOf('-') + 1))]
    const known = epoch === this.#epoch && Number.isInteger(number) && number >= oldest - 1 && number < this.#next
    const events: NumberedEvent[] = []
    for (let n = known ? number + 1 : this.#next; n < this.#next && events.length < limit; n += 1) {
      const event = this.#events[n % keptEvents]
      if (event) events.push({ id: `${this.#epoch}-${n}`, event })
    }
    return { events, reset: !known }
  }
}

/**
 * Tells who listens what happened. Streams pull: each keeps a cursor, is woken when there is more, and reads when its
 * socket has room, so a slow listener costs no memory and one that falls behind gets `reset`.
 */
export class EventHub {
  readonly #all = new Ring()
  readonly #rings = new Map<string, Ring>()
  readonly #watchers = new Map<string | null, Set<() => void>>()
  readonly #runWatchers = new Map<string, Set<() => void>>()

  publish(events: readonly HydraEvent[]): void {
    const touched = new Set<string>()
    for (const event of events) {
      this.#all.push(event)
      this.#ring(event.domain).push(event)
      touched.add(event.domain)
    }
    for (const domain of touched) this.#wake(domain)
    if (touched.size > 0) this.#wake(null)
  }

  /** The cursor of someone who begins to listen now. `domain` null: all domains. */
  tip(domain: string | null): string {
    return this.#of(domain).tip
  }

  /** The events after a cursor, oldest first. After a `reset` go on from `tip`. */
  read(domain: string | null, after: string, limit: number): EventPage {
    return this.#of(domain).read(after, limit)
  }

  /** Calls back when there is something to read; returns how to stop. */
  watch(domain: string | null, wake: () => void): () => void {
    return watchIn(this.#watchers, domain, wake)
  }

  /** Calls back when chunks of the run were stored or its state changed; returns how to stop. */
  watchRun(runId: string, wake: () => void): () => void {
    return watchIn(this.#runWatchers, runId, wake)
  }

  /** There is news of a run: chunks, or a new state. */
  tellRun(runId: string): void {
    for (const wake of this.#runWatchers.get(runId) ?? []) wake()
  }

  #of(domain: string | null): Ring {
    return domain === null ? this.#all : this.#ring(domain)
  }

  #ring(domain: string): Ring {
    const ring = this.#rings.get(domain) ?? new Ring()
    this.#rings.set(domain, ring)
    return ring
  }

  #wake(domain: string | null): void {
    for (const wake of this.#watchers.get(domain) ?? []) wake()
  }
}

function watchIn<K>(watchers: Map<K, Set<() => void>>, key: K, wake: () => void): () => void {
  const those = watchers.get(key) ?? new Set<() => void>()
  watchers.set(key, those)
  those.add(wake)
  return () => {
    those.delete(wake)
    if (those.size === 0 && watchers.get(key) === those) watchers.delete(key)
  }
}
