/** Output written and not acknowledged: past these the job waits until the agent has stored some. */
export const attemptLimit = 64 * 1024 * 1024
export const overallLimit = 1024 * 1024 * 1024

/** What all attempts together have unacknowledged. */
export class Budget {
  #used = 0
  readonly #waiting = new Set<() => void>()

  get isSpent(): boolean {
    return this.#used >= overallLimit
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
    if (this.isSpent || this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Called once when there is room again. */
  wait(wake: () => void): void {
    this.#waiting.add(wake)
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake)
  }
}
