import { uptime } from 'node:os'
import { Deadline } from './deadline.ts'

/** ms since the machine's start, with the time that it slept: what agent and supervisor both reckon a lease by. */
export const bootClock = (): number => Math.round(uptime() * 1000)

/**
 * Until when jobs may run without a word of the control plane. Nobody but the supervisor enforces it, so it ends what
 * runs also where its agent is dead, stopped or hung. Without a lease (the embedded server's worker) there is no end.
 */
export class Lease {
  readonly #over: () => void
  readonly #deadline = new Deadline(() => this.look())
  #until: number | null = null
  #told = true

  /** @param over called once for each lease that ends */
  constructor(over: () => void) {
    this.#over = over
  }

  /** Whether nothing may run any more. */
  get isOver(): boolean {
    return this.#until !== null && bootClock() >= this.#until
  }

  /** @param until by the boot clock, ms; null: without an end */
  set(until: number | null): void {
    this.#until = until
    this.#told = until === null
    this.#deadline.clear()
    this.look()
  }

  /** To be called now and then too: a timer stands still while the machine sleeps. */
  look(): void {
    if (this.#until === null || this.#told) return
    const left = this.#until - bootClock()
    if (left > 0) this.#deadline.set(left)
    else {
      this.#told = true
      this.#over()
    }
  }
}
