import { HydraError } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'
import type { Log } from '../runtime/log.ts'

const first: Millis = 100
const longest: Millis = 5000

/** The wait after the n-th failure in a row, n from 1: doubling from 100 ms to 5 s. Pure. */
export const pauseAfter = (failures: number): Millis => Math.min(longest, first * 2 ** Math.min(failures - 1, 20))

/**
 * Whether the control plane answers, told once when it changes and not at every attempt; of each thing that is asked of it by
 * itself, since a store that is away stops some of them. Everything that calls it reports here.
 */
export class Contact {
  readonly #log: Log
  readonly #lost = new Set<string>()
  /** Called when the control plane does not know our session any more. */
  onUnknown: () => void = () => {}

  constructor(log: Log) {
    this.#log = log
  }

  /** @param doing what was done */
  succeeded(doing: string): void {
    if (this.#lost.delete(doing)) this.#log.info('the control plane answers again', { doing })
  }

  /** @param doing what could not be done */
  failed(doing: string, error: unknown): void {
    if (error instanceof HydraError && error.code === 'CONFLICT') {
      this.#log.warn('the control plane does not know this session: registering again', { doing, error: error.message })
      this.onUnknown()
      return
    }
    const told = { doing, error: error instanceof Error ? error.message : String(error) }
    if (this.#lost.has(doing)) this.#log.debug('the control plane does not answer', told)
    else this.#log.warn('the control plane does not answer; what runs goes on, and reports wait', told)
    this.#lost.add(doing)
  }
}
