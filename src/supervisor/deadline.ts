/** A timer above 24.8 days fires at once. */
const longest = 2 ** 31 - 1

/** Something that is to happen once, later; may be set again, brought forward and called off. Durations in ms. */
export class Deadline {
  readonly #act: () => void
  #timer: NodeJS.Timeout | null = null
  #at = Number.POSITIVE_INFINITY

  constructor(act: () => void) {
    this.#act = act
  }

  set(after: number): void {
    this.clear()
    this.#at = performance.now() + after
    this.#sleep(after)
  }

  /** Unless it is to happen sooner already. */
  setEarlier(after: number): void {
    if (performance.now() + after < this.#at) this.set(after)
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#at = Number.POSITIVE_INFINITY
  }

  #sleep(after: number): void {
    this.#timer = setTimeout(() => this.#wake(), Math.min(longest, Math.max(0, after)))
  }

  #wake(): void {
    const left = this.#at - performance.now()
    // Node's clock of a timer and this one differ by up to a millisecond.
    if (left > 1) this.#sleep(left)
    else {
      this.clear()
      this.#act()
    }
  }
}
