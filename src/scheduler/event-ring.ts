import { randomBytes } from 'node:crypto'
import type { HydraEvent } from '../model/event.ts'
import type { NumberedEvent } from '../ports/feed.ts'

/** How many of the newest events of a domain (and of all) can be resumed from. */
export const keptEvents = 10_000

/** What a stream reads next. `reset`: what it had seen last is no longer known, so it may have missed some. */
export interface EventPage {
  readonly events: readonly NumberedEvent[]
  readonly reset: boolean
}

/**
 * The newest events of one audience. Numbered by itself, so that the numbers tell nothing of other tenants, unless each
 * comes with an id that all schedulers know it by.
 */
export class EventRing {
  readonly #epoch = randomBytes(6).toString('hex')
  #events: NumberedEvent[] = []
  /** Where each id that can be resumed from stands; the one before the oldest event too. */
  #places = new Map<string, number>()
  /** The id of the event that was overwritten last. Finding it as the first of the places would walk over all that went before it. */
  #beforeOldest: string
  /** The place of the next event; from 1. */
  #next = 1
  #tip: string

  constructor() {
    this.#tip = `${this.#epoch}-0`
    this.#places.set(this.#tip, 0)
    this.#beforeOldest = this.#tip
  }

  /** @param id null: it is numbered here */
  push(event: HydraEvent, id: string | null): void {
    const named = id ?? `${this.#epoch}-${this.#next}`
    // Told twice.
    if (this.#places.has(named)) return
    const over = this.#events[(this.#next - 1) % keptEvents]
    this.#events[(this.#next - 1) % keptEvents] = { id: named, event }
    this.#places.set(named, this.#next)
    if (over !== undefined) {
      this.#places.delete(this.#beforeOldest)
      this.#beforeOldest = over.id
    }
    this.#next += 1
    this.#tip = named
  }

  /** What was told before this ring's first event: put in front of it, without what is there already. */
  precede(older: readonly NumberedEvent[]): void {
    if (older.length === 0) return
    const present = this.#read(Math.max(1, this.#next - keptEvents), keptEvents)
    const known = new Set(present.map(({ id }) => id))
    this.#events = []
    this.#places = new Map()
    this.#beforeOldest = ''
    this.#next = 1
    for (const { id, event } of older) if (!known.has(id)) this.push(event, id)
    for (const { id, event } of present) this.push(event, id)
  }

  get tip(): string {
    return this.#tip
  }

  read(after: string, limit: number): EventPage {
    const place = this.#places.get(after)
    if (place === undefined) return { events: [], reset: true }
    return { events: this.#read(place + 1, limit), reset: false }
  }

  #read(from: number, limit: number): readonly NumberedEvent[] {
    const events: NumberedEvent[] = []
    for (let n = from; n < this.#next && events.length < limit; n += 1) {
      const event = this.#events[(n - 1) % keptEvents]
      if (event) events.push(event)
    }
    return events
  }
}
