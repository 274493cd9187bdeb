import type { Millis } from '../model/time.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Clock } from './clock.ts'

/** Between two steps of a long recount: the rest of the time belongs to others. */
const pause: Millis = 100

export interface FiguresParts {
  readonly store: Pick<Store, 'figures'>
  readonly clock: Clock
  /** How long figures are kept by the minute; null: for ever. */
  readonly keepMinutes: Millis | null
  readonly log: Log
}

/** Keeps the figures right: recounts the hours that are over, and drops old minutes. In small steps, off everyone's path. */
export class FiguresLoop extends Loop {
  readonly #parts: FiguresParts

  constructor(parts: FiguresParts) {
    super({ name: 'figures', every: 10_000, log: parts.log })
    this.#parts = parts
  }

  async runOnce(): Promise<Pass> {
    const { store, clock, keepMinutes } = this.#parts
    const more = await store.figures.mend(clock.now())
    if (keepMinutes !== null) await store.figures.forget(clock.now() - keepMinutes)
    return { more: false, ...(more ? { nextIn: pause } : {}) }
  }
}
