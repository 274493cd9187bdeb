import type { Millis } from '../../model/time.ts'

/** How long a block holds that nobody followed up. */
const blockedFor: Millis = 5000

/** Sessions that are refused for a while, because a verdict on them is under way. */
export class Blocks {
  readonly #until = new Map<string, Millis>()

  block(session: string, now: Millis): void {
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other)
    this.#until.set(session, now + blockedFor)
  }

  isBlocked(session: string, now: Millis): boolean {
    return now < (this.#until.get(session) ?? 0)
  }
}
