import type { Meter } from '../model/vitals.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Holds } from './holds.ts'

const batch = 500

/** Does what follows finished runs: at least once, each under a key of its own, then struck off. Never on a run's way. */
export class EffectsLoop extends Loop {
  readonly #store: Store
  readonly #holds: Holds
  readonly #meter: Meter

  constructor(store: Store, holds: Holds, meter: Meter, log: Log) {
    super({ name: 'effects', every: 10_000, log })
    this.#store = store
    this.#holds = holds
    this.#meter = meter
  }

  async runOnce(): Promise<Pass> {
    const runs = await this.#store.runs.withEffects(batch)
    if (runs.length === 0) return { more: false }
    failPoint('effects.found')
    // Before they are struck off: a run stays open until what waited for it goes on.
    await this.#holds.look(runs.map((run) => run.job_id))
    await this.#store.runs.settle(runs)
    failPoint('effects.settled')
    this.#meter.ended(runs)
    return { more: runs.length === batch }
  }
}
