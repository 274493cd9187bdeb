import type { AuditEntry } from '../model/audit.ts'
import { HydraError, notFound } from '../model/errors.ts'
import { isFinal, isOut, type Run } from '../model/run.ts'
import { cancelled } from '../model/run-life.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store, StoredRun } from '../ports/store.ts'
import { audited } from './audit.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import type { EventHub } from './event-hub.ts'
import { type Scope, sees } from './scope.ts'
import { runEvents } from './tell.ts'

const tries = 10

/** How a run is to be done again. */
export interface Again {
  readonly ids: { readonly run_id: string } | null
  readonly changes: unknown
}

export interface RunsParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly clock: Clock
  /** Tells a session at once that one of its runs is to be cancelled. */
  readonly tellCancel: (run: Run) => void
  /** Final runs have effects to do. */
  readonly finished: (runs: readonly Run[]) => void
  /** Starts the job of a run once more, as a retry of that run. */
  readonly runJob: (scope: Scope, of: Run, wish: Again) => Promise<{ job_id: string; run_id: string }>
}

/** What users do with runs. Every method sees the scope's domain alone. */
export class Runs {
  readonly #parts: RunsParts

  constructor(parts: RunsParts) {
    this.#parts = parts
  }

  /** @throws NOT_FOUND, also for another tenant's */
  async get(scope: Scope, id: string): Promise<StoredRun> {
    const stored = await this.#parts.store.runs.withOutput(id)
    if (stored === null || !sees(scope, stored.run.domain)) throw notFound('run', id)
    return stored
  }

  /** Cancels: at once where nothing can be running, else the worker is told. @throws NOT_FOUND; CONFLICT when it is final */
  async cancel(scope: Scope, id: string): Promise<StoredRun> {
    const { run } = await this.get(scope, id)
    if (isFinal(run)) throw new HydraError('CONFLICT', `The run is final: ${run.status}.`)
    const after = await this.cancelRun(run, scope.actor, scope)
    if (after === null) throw new HydraError('CONFLICT', 'The run became final meanwhile.')
    return this.get(scope, id)
  }

  /**
   * As `cancel`, for a run at hand; the run as it stands then, or null when it is final already. @param scope who asked for
   * just this; absent where it follows from something else, which the audit tells of
   */
  async cancelRun(found: Run, by: string, scope?: Scope): Promise<Run | null> {
    const { store, broker, hub, clock } = this.#parts
    let before: Run | null = found
    for (let left = tries; left > 0 && before !== null; left -= 1) {
      const now = clock.now()
      const after = cancelled(before, by, now)
      if (after === null) return null
      const told = scope ? { told: cancelTold(scope, before, after, now) } : {}
      const won = after === before || (await store.runs.move([{ before, after, output: null, ...told }])).length > 0
      if (won) {
        if (isOut(after)) this.#parts.tellCancel(after)
        else await tell(() => broker.withdraw(after.domain, [after._id]))
        hub.publish(runEvents(before, after, now))
        hub.tellRun(after.domain, after._id)
        if (isFinal(after)) this.#parts.finished([after])
        return after
      }
      before = await store.runs.get(before._id)
    }
    throw new HydraError('CONFLICT', 'The run is being changed by others; try again.')
  }

  /**
   * A new run of the job as it is now, with what this one alone had otherwise. @param changes replace that; null: nothing of it
   * @throws CONFLICT while this one is not final; NOT_FOUND when the job is gone; INVALID where what it had fits the job no more
   */
  async retry(
    scope: Scope,
    id: string,
    { ids, changes }: { readonly ids: Again['ids']; readonly changes?: unknown },
  ): Promise<{ job_id: string; run_id: string }> {
    const { run } = await this.get(scope, id)
    if (!isFinal(run)) throw new HydraError('CONFLICT', `The run is not final yet: ${run.status}.`)
    return this.#parts.runJob(scope, run, { ids, changes: changes === undefined ? run.changes : changes })
  }

  /** Of these runs, the newest that was asked for as a retry of each. */
  async retriedAs(found: readonly StoredRun[]): Promise<ReadonlyMap<string, string>> {
    const over = found.filter(({ run }) => isFinal(run)).map(({ run }) => run._id)
    return over.length === 0 ? new Map() : this.#parts.store.runs.retries(over)
  }
}

const cancelTold = (scope: Scope, before: Run, after: Run, now: Millis): AuditEntry =>
  audited(scope, now, {
    action: 'run.cancel',
    domain: after.domain,
    object: after._id,
    before: { status: before.status },
    after: { status: after.status, job_id: after.job_id },
  })
