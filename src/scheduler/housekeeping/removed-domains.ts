import { nameStaysTakenFor } from '../../model/retention.ts'
import type { Broker } from '../../ports/broker.ts'
import type { RemovedDomain } from '../../ports/history.ts'
import type { Store } from '../../ports/store.ts'
import { tell } from '../away.ts'
import type { Clock } from '../clock.ts'
import type { EventHub } from '../event-hub.ts'
import type { Jobs } from '../jobs.ts'
import type { Chore } from './chore.ts'
import type { RunRemoval } from './removal.ts'

/** Jobs that one step deletes or forgets, and documents of one that it removes. */
const some = 20
const removed = 100

export interface RemovedDomainsParts {
  readonly store: Store
  readonly hub: Pick<EventHub, 'forget'>
  readonly broker: Pick<Broker, 'forget'>
  readonly jobs: Pick<Jobs, 'remove'>
  readonly removal: RunRemoval
  readonly clock: Clock
}

/**
 * Removes what removed domains left, runs first, and gives a name free when nothing is left under it. What another scheduler
 * let in while the domain was removed is deleted too.
 */
export class RemovedDomains implements Chore {
  readonly #parts: RemovedDomainsParts

  constructor(parts: RemovedDomainsParts) {
    this.#parts = parts
  }

  async step(): Promise<boolean> {
    const { store, hub, broker } = this.#parts
    let more = false
    for (const one of await store.history.domains.removed()) {
      if (await this.#empty(one)) more = true
      else {
        await hub.forget(one.domain)
        await tell(() => broker.forget(one.domain))
      }
    }
    return more
  }

  /** One step in one domain; whether another should follow soon. */
  async #empty({ domain, removed_at }: RemovedDomain): Promise<boolean> {
    const { store, hub, removal, clock } = this.#parts
    if (await this.#deleteJobs(domain)) return true
    const runs = await store.history.runs.endedBefore(null, domain, removal.batch)
    await removal.remove(runs)
    if (runs.length > 0) return true
    const left = await this.#forgetJobs(domain)
    if (left !== 'none') return left === 'fewer'
    if ((await store.domains.counts(domain)).runs > 0) return false
    if (!(await store.history.domains.empty(domain, removed))) return true
    if (clock.now() - removed_at < nameStaysTakenFor) return false
    await hub.forget(domain)
    await store.history.domains.forget(domain)
    return false
  }

  async #deleteJobs(domain: string): Promise<boolean> {
    const { store, jobs } = this.#parts
    const query = { domain, q: null, mode: null, enabled: null, queue: null }
    const late = await store.jobs.list(query, { limit: some, after: null, oldestFirst: true })
    for (const { _id } of late) await jobs.remove({ domain, home: domain, actor: 'housekeeping' }, _id)
    return late.length > 0
  }

  /** `same`: those that are left wait for something else. */
  async #forgetJobs(domain: string): Promise<'none' | 'fewer' | 'same'> {
    const { jobs, runs } = this.#parts.store.history
    const page = await jobs.deleted({ domain, before: Number.MAX_SAFE_INTEGER, after: null, limit: some })
    let isLess = false
    for (const job of page) {
      if (job.isOpen || (await runs.oldestOf(job._id)) !== null) continue
      await jobs.forget(job, removed)
      isLess = true
    }
    return page.length === 0 ? 'none' : isLess ? 'fewer' : 'same'
  }
}
