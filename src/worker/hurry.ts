import type { Millis } from '../model/time.ts'

/** How long all waiting together may last once the worker was told to leave at once. */
const rush: Millis = 1500

/** Whether the worker leaves in peace, or at once: then everything that still waits is cut short. */
export class Hurry {
  readonly #controller = new AbortController()
  #since: Millis | null = null

  get isOn(): boolean {
    return this.#since !== null
  }

  /** Called when the hurry begins. */
  onBegin(told: () => void): void {
    this.#controller.signal.addEventListener('abort', told, { once: true })
  }

  begin(): void {
    if (this.#since !== null) return
    this.#since = performance.now()
    this.#controller.abort()
  }

  /**
   * Whether something came about within `ms`; in a hurry within what is left of its time.
   * @param whenHurried what is left of `ms` in a hurry, where that is less
   */
  within(what: Promise<unknown>, ms: Millis, whenHurried: Millis = rush): Promise<boolean> {
    const { signal } = this.#controller
    return new Promise((resolve) => {
      const limit = (): Millis => {
        if (this.#since === null) return ms
        return Math.max(0, Math.min(ms, whenHurried, this.#since + rush - performance.now()))
      }
      const end = (cameAbout: boolean): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', shorten)
        resolve(cameAbout)
      }
      const shorten = (): void => {
        clearTimeout(timer)
        timer = setTimeout(end, limit(), false)
      }
      let timer = setTimeout(end, limit(), false)
      signal.addEventListener('abort', shorten)
      what.then(
        () => end(true),
        () => end(false),
      )
    })
  }
}
