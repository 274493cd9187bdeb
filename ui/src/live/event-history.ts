import type { IdentifiedEvent } from '../../../src/client/index.ts'
import type { Feed } from './feed.ts'

/** Events that are kept. */
const most = 1000

/** Whoever looks is told at most this often, however many come. ms */
const pause = 200

/** What happened since the page was opened, the newest of it, oldest first; each once. */
export class EventHistory {
  #events: readonly IdentifiedEvent[] = []
  #ids = new Set<string>()
  #came: IdentifiedEvent[] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #listeners = new Set<() => void>()

  /** Keeps what a feed tells. @returns how to stop */
  listen(feed: Pick<Feed, 'onEvent'>): () => void {
    const stop = feed.onEvent((event) => this.#add(event))
    return () => {
      stop()
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = null
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly events = (): readonly IdentifiedEvent[] => this.#events

  #add(event: IdentifiedEvent): void {
    // Events come at least once: one that a new connection repeats is known.
    if (this.#ids.has(event.id)) return
    this.#ids.add(event.id)
    this.#came.push(event)
    this.#timer ??= setTimeout(() => this.#show(), pause)
  }

  #show(): void {
    this.#timer = null
    this.#events = [...this.#events, ...this.#came].slice(-most)
    this.#came = []
    this.#ids = new Set(this.#events.map(({ id }) => id))
    for (const tell of this.#listeners) tell()
  }
}
