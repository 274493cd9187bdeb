import { HydraError } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'
import type { Log } from '../runtime/log.ts'

const first: Millis = 100
const longest: Millis = 5000

/** The wait after the n-th failure in a row, n from 1: doubling from 100 ms to 5 s. Pure. */
export const pauseAfter = (failures: number): Millis => Math.min(longest, first * 2 ** Math.min(failures - 1, 20))

/**
 * Whether the control plane answers, told once when it changes and not at every attempt. Everything that calls it
 * reports here.
 */
export class Contact {
  readonly #log: Log
  #isLost = false
  /** Called when the control plane does not know our session any more. */
  onUnknown: () => void = () => {}

  constructor(log: Log) {
    this.#log = log
  }

  succeeded(): void {
    if (this.#isLost) this.#log.info('the control plane answers again')
    this.#isLost = false
  }

  /** @param doing what could not be done */
  failed(doing: string, error: unknown): void {
    if (error instanceof HydraError && error.code === 'CONFLICT') {
      this.#log.warn('the control plane does not know this session: registering again', { doing, error: error.message })
      this.onUnknown()
      return
    }
    const told = { doing, error: error instanceof Error ? error.message : String(error) }
    if (this.#isLost) this.#log.debug('the control plane does not answer', told)
    else this.#log.warn('the control plane does not answer; what runs goes on, and reports wait', told)
    this.#isLost = true
  }
}
