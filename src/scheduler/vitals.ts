import type { Vitals } from '../model/vitals.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import type { Loop } from '../runtime/loop.ts'
import type { Clock } from './clock.ts'
import { onlineOnly, workerViews } from './views-workers.ts'

export interface VitalsParts {
  readonly store: Pick<Store, 'runs'>
  readonly broker: Pick<Broker, 'workers'>
  readonly clock: Clock
  readonly heartbeatTtl: number
  readonly loops: readonly Loop[]
}

/** How things stand, for who measures: what waits, who works, whether the loops go on. */
export async function readVitals({ store, broker, clock, heartbeatTtl, loops }: VitalsParts): Promise<Vitals> {
  const now = clock.now()
  const [queues, presences] = await Promise.all([store.runs.queues(now), broker.workers(null)])
  const workers = workerViews(presences, now, heartbeatTtl).map((worker) => ({
    domain: worker.card.domain,
    isOnline: onlineOnly(worker),
    slots: worker.card.max_concurrency,
    used: worker.running.length,
  }))
  const age = performance.now()
  return { queues, workers, loops: loops.map(({ name, lastPassAt }) => ({ name, age: age - lastPassAt })), now }
}
