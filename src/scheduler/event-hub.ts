import type { HydraEvent } from '../model/event.ts'
import type { Feed } from '../ports/feed.ts'
import { type EventPage, EventRing, keptEvents } from './event-ring.ts'

export type { NumberedEvent } from '../ports/feed.ts'
export type { EventPage } from './event-ring.ts'

/**
 * Tells who listens what happened. Streams pull: each keeps a cursor, is woken when there is more, and reads when its
 * socket has room, so a slow listener costs no memory and one that falls behind gets `reset`. With a feed the events are
 * those of every scheduler, under the same ids everywhere.
 */
export class EventHub {
  readonly #feed: Feed | null
  readonly #all = new EventRing()
  readonly #rings = new Map<string, EventRing>()
  readonly #loading = new Map<string | null, Promise<void>>()
  readonly #watchers = new Map<string | null, Set<() => void>>()
  readonly #runWatchers = new Map<string, Set<() => void>>()

  constructor(feed: Feed | null = null) {
    this.#feed = feed
  }

  /** Whether other schedulers may work on the same store. */
  get isShared(): boolean {
    return this.#feed !== null
  }

  /** Begins to hear what other schedulers tell. */
  async open(): Promise<void> {
    await this.#feed?.open((events) => this.#take(events))
  }

  async close(): Promise<void> {
    await this.#feed?.close()
  }

  publish(events: readonly HydraEvent[]): void {
    if (events.length === 0) return
    if (this.#feed) this.#feed.send(events)
    else this.#take(events.map((event) => ({ id: null, event })))
  }

  #take(events: readonly { readonly id: string | null; readonly event: HydraEvent }[]): void {
    const touched = new Set<string>()
    for (const { id, event } of events) {
      this.#all.push(event, id)
      this.#ring(event.domain).push(event, id)
      touched.add(event.domain)
    }
    for (const domain of touched) this.#wake(domain)
    if (touched.size > 0) this.#wake(null)
  }

  /** To be awaited before the first `tip` or `read` of a listener: what was told before this scheduler began is known then. */
  async ready(domain: string | null): Promise<void> {
    const feed = this.#feed
    if (feed === null) return
    const loading =
      this.#loading.get(domain) ??
      feed.newest(domain, keptEvents).then((events) => {
        this.#of(domain).precede(events)
      })
    this.#loading.set(domain, loading)
    await loading
  }

  /** Drops what is known of a removed domain: whoever gets its name later must not read what was told under it before. */
  async forget(domain: string): Promise<void> {
    this.#rings.delete(domain)
    this.#loading.delete(domain)
    await this.#feed?.forget(domain)
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
  watchRun(domain: string, runId: string, wake: () => void): () => void {
    const stopFeed = this.#feed?.watchRun(domain, runId, wake)
    const stop = watchIn(this.#runWatchers, runId, wake)
    return () => {
      stop()
      stopFeed?.()
    }
  }

  /** There is news of a run: chunks, or a new state. */
  tellRun(domain: string, runId: string): void {
    for (const wake of this.#runWatchers.get(runId) ?? []) wake()
    this.#feed?.tellRun(domain, runId)
  }

  #of(domain: string | null): EventRing {
    return domain === null ? this.#all : this.#ring(domain)
  }

  #ring(domain: string): EventRing {
    const ring = this.#rings.get(domain) ?? new EventRing()
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
