import type { Millis } from '../model/time.ts'
import type { Grant, Link } from '../ports/link.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import { type Contact, pauseAfter } from './contact.ts'

/** A link that answers "nothing" sooner than this did not wait; asking it again at once would only spin. */
const hasWaited: Millis = 5
const pauseWhenEmpty: Millis = 100

export interface ClaimParts {
  readonly link: Link
  readonly session: () => string
  readonly contact: Contact
  readonly log: Log
  /** How many grants the worker has room for; 0 while it takes none. */
  readonly free: () => number
  readonly onGrant: (grant: Grant) => void
}

/** Fetches work while there is room for it. */
export class Claims extends Loop {
  readonly #parts: ClaimParts
  #waiting = new AbortController()
  #failures = 0
  #notBefore = 0

  constructor(parts: ClaimParts) {
    super({ name: 'claims', every: 60_000, log: parts.log })
    this.#parts = parts
  }

  /** Ends the wait under way: what was asked is out of date, or nothing is wanted any more. */
  interrupt(): void {
    this.#waiting.abort()
  }

  override stop(): Promise<void> {
    this.interrupt()
    return super.stop()
  }

  async runOnce(): Promise<Pass> {
    const { link, session, contact, free, onGrant } = this.#parts
    const began = performance.now()
    if (this.#notBefore > began) return { more: false, nextIn: this.#notBefore - began }
    const room = free()
    if (room <= 0) return { more: false }
    this.#waiting = new AbortController()
    const { signal } = this.#waiting
    try {
      const grants = await link.claim(session(), room, signal)
      contact.succeeded('claim')
      this.#failures = 0
      for (const grant of grants) onGrant(grant)
      const isSpinning = grants.length === 0 && performance.now() - began < hasWaited && !signal.aborted
      return isSpinning ? { more: false, nextIn: pauseWhenEmpty } : { more: true }
    } catch (error) {
      if (signal.aborted) return { more: true }
      contact.failed('claim', error)
      this.#failures += 1
      this.#notBefore = performance.now() + pauseAfter(this.#failures)
      return { more: false, nextIn: pauseAfter(this.#failures) }
    }
  }
}
