import type { Meter } from '../model/vitals.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Holds } from './holds.ts'

const batch = 500

export interface EffectsParts {
  readonly store: { readonly runs: Pick<Store['runs'], 'withEffects' | 'settle'> }
  readonly holds: Pick<Holds, 'look'>
  readonly meter: Meter
  readonly settled: (jobIds: Iterable<string>) => void
  readonly log: Log
}

/** Does what follows finished runs: at least once, each under a key of its own, then struck off. Never on a run's way. */
export class EffectsLoop extends Loop {
  readonly #store: EffectsParts['store']
  readonly #holds: EffectsParts['holds']
  readonly #meter: Meter
  readonly #settled: (jobIds: Iterable<string>) => void

  /** @param parts.settled hears of which jobs runs are settled */
  constructor({ store, holds, meter, settled, log }: EffectsParts) {
    super({ name: 'effects', every: 10_000, log })
    this.#store = store
    this.#holds = holds
    this.#meter = meter
    this.#settled = settled
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
    this.#settled(new Set(runs.map((run) => run.job_id)))
    return { more: runs.length === batch }
  }
}
