import { keysKeptFor } from '../../model/retention.ts'
import type { Millis } from '../../model/time.ts'
import type { Broker } from '../../ports/broker.ts'
import type { Store } from '../../ports/store.ts'
import type { Log } from '../../runtime/log.ts'
import { Loop, type Pass } from '../../runtime/loop.ts'
import type { Clock } from '../clock.ts'
import type { EventHub } from '../event-hub.ts'
import type { Jobs } from '../jobs.ts'
import type { Chore } from './chore.ts'
import { DeletedJobs } from './deleted-jobs.ts'
import { OldRuns } from './old-runs.ts'
import { OldVersions } from './old-versions.ts'
import { RunRemoval } from './removal.ts'
import { RemovedDomains } from './removed-domains.ts'
import { Surplus } from './surplus.ts'

/** With nothing to do it looks again after this. */
const every: Millis = 2000
/**
 * After a step it rests for so many times as long as the step took, so that a fifth of the time at most is housekeeping's; but
 * not for longer than this: on a busy machine a step waits more than it works, and history must not grow faster than it goes.
 */
const restFactor = 4
const shortestRest: Millis = 10
const longestRest: Millis = 200
/** Records of idempotency keys, and entries of the audit, that one step removes. */
const expired = 100

export interface HousekeepingParts {
  readonly store: Store
  readonly hub: Pick<EventHub, 'forget'>
  readonly broker: Pick<Broker, 'forget'>
  readonly jobs: Pick<Jobs, 'remove'>
  readonly clock: Clock
  /** How long history is kept, ms; null: for ever. */
  readonly keepFor: Millis | null
  readonly log: Log
}

/**
 * Bounds history: what is old, what is too much, what deleted jobs and removed domains left. One pass is one step of a few ms
 * of each chore; between passes the time belongs to others, so that no tick and no submission waits for it. Any number of
 * schedulers may do it at once: what another removed first is not there.
 */
export class Housekeeping extends Loop {
  readonly #chores: readonly Chore[]
  readonly #surplus: Surplus

  constructor({ store, hub, broker, jobs, clock, keepFor, log }: HousekeepingParts) {
    super({ name: 'housekeeping', every, log })
    const { history } = store
    const removal = new RunRemoval(history)
    this.#surplus = new Surplus({ history, removal, clock })
    const expireKeys = async () => (await store.requests.expire(clock.now() - keysKeptFor, expired)) === expired
    const oldOnes = (keep: Millis): readonly Chore[] => [
      new OldRuns({ history, removal, clock, keepFor: keep }),
      new OldVersions(history, clock, keep),
      { step: async () => (await store.audit.expire(clock.now() - keep, expired)) === expired },
    ]
    this.#chores = [
      this.#surplus,
      ...(keepFor === null ? [] : oldOnes(keepFor)),
      new DeletedJobs(history, clock),
      new RemovedDomains({ store, hub, broker, jobs, removal, clock }),
      { step: expireKeys },
      { step: () => history.compact() },
    ]
  }

  /** Runs of these jobs ended just now: some may have too many. */
  ended(jobIds: Iterable<string>): void {
    this.#surplus.ended(jobIds)
  }

  async runOnce(): Promise<Pass> {
    const begin = performance.now()
    let more = false
    for (const chore of this.#chores) more = (await chore.step()) || more
    if (!more) return { more: false }
    const rest = (performance.now() - begin) * restFactor
    return { more: false, nextIn: Math.min(Math.max(rest, shortestRest), longestRest) }
  }
}
