import type { Millis } from '../model/time.ts'

/** Above this much difference to the store's clock, readiness says so. */
export const noticeableOffset: Millis = 1000
/** Above this much, no tick is planned. */
export const wrongOffset: Millis = 60_000

/** The control plane's time: the store's, reckoned by this machine's clock and a measured offset. */
export class Clock {
  /** ms that the store's clock is ahead of this machine's. */
  offset: Millis = 0
  readonly #storeNow: () => Promise<Millis>

  constructor(storeNow: () => Promise<Millis>) {
    this.#storeNow = storeNow
  }

  now(): Millis {
    return Date.now() + this.offset
  }

  /** Asks the store; half of the way there and back is taken off. */
  async measure(): Promise<void> {
    const asked = Date.now()
    const theirs = await this.#storeNow()
    const answered = Date.now()
    const offset = theirs - (asked + answered) / 2
    // A slow answer says little: the uncertainty is half of the way. An offset within it is no offset.
    this.offset = Math.abs(offset) <= (answered - asked) / 2 + 1 ? 0 : Math.round(offset)
  }
}
