import type { Meter } from '../model/vitals.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'

const batch = 500

/** Does what follows finished runs: at least once, each under a key of its own, then struck off. Never on a run's way. */
export class EffectsLoop extends Loop {
  readonly #store: Store
  readonly #meter: Meter

  constructor(store: Store, meter: Meter, log: Log) {
    super({ name: 'effects', every: 10_000, log })
    this.#store = store
    this.#meter = meter
  }

  async runOnce(): Promise<Pass> {
    const runs = await this.#store.runs.withEffects(batch)
    if (runs.length === 0) return { more: false }
    failPoint('effects.found')
    await this.#store.runs.settle(runs)
    failPoint('effects.settled')
    this.#meter.ended(runs)
    return { more: runs.length === batch }
  }
}
