import { isFinal, type Run } from '../model/run.ts'
import { afterSessionLost, handedBack, takenBack } from '../model/run-life.ts'
import type { Session } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import { waitingOf } from './dispatch.ts'
import type { EventHub } from './event-hub.ts'
import { endedUnheard, noteLoss } from './lost-note.ts'
import { jobEnqueued, runEvents, workerEvent } from './tell.ts'

const tries = 10
/** How long whoever judged a session may take to move its runs before others do. */
const judgeWithin: Millis = 10_000

export interface MoverParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly clock: Clock
  readonly dispatch: () => void
  readonly finished: (runs: readonly Run[]) => void
}

/** Moves runs that no worker reports on: taken back, or lost with their session. */
export class Mover {
  readonly #parts: MoverParts

  constructor(parts: MoverParts) {
    this.#parts = parts
  }

  /** One compare-and-set on the run's present token; a report that came first wins. The run as moved, or null. */
  async move(found: Run, change: (now: Millis, run: Run) => Run | null): Promise<Run | null> {
    const { store } = this.#parts
    let before: Run | null = found
    for (let left = tries; left > 0 && before !== null && before.token === found.token; left -= 1) {
      const after = change(this.#parts.clock.now(), before)
      if (after === null) return null
      if ((await store.runs.move([{ before, after, output: null }])).length > 0) {
        await this.#follow(before, after)
        return after
      }
      before = await store.runs.get(found._id)
    }
    return null
  }

  async #follow(before: Run, after: Run): Promise<void> {
    const { store, broker, hub, clock } = this.#parts
    const now = clock.now()
    const { domain, worker_id, _id: run_id, token } = before
    if (worker_id !== null) await tell(() => broker.release(domain, worker_id, [{ run_id, token }]))
    const unheard = endedUnheard(before, after)
    // A store that is away at this moment must not hold back the run.
    if (unheard !== null) await tell(() => noteLoss(store.logs, run_id, unheard, now))
    hub.publish(runEvents(before, after, now))
    hub.tellRun(after.domain, after._id)
    if (isFinal(after)) this.#parts.finished([after])
    else {
      await tell(() => broker.enqueue([waitingOf(after)]))
      hub.publish([jobEnqueued(after, 'failover', now)])
    }
    this.#parts.dispatch()
  }

  /**
   * The verdict: one compare-and-set on the session, then its runs are moved, each on its token. What lay unclaimed in
   * the worker's own queue was never started, and goes back with its age.
   * @param how `ended`: its token did; what it ran consumes nothing
   */
  async judge(before: Session, how: 'lost' | 'ended'): Promise<boolean> {
    const { store, broker, hub, clock } = this.#parts
    const { domain, worker_id, _id } = before
    const after: Session = { ...before, state: how, ended_at: clock.now(), rev: before.rev + 1 }
    if (!(await store.workers.changeSession(before, after))) return false
    failPoint('verdict.stored')
    const unclaimed = new Set((await broker.takeBack(domain, worker_id, _id)).map(({ run_id }) => run_id))
    await broker.dismiss(domain, worker_id, _id)
    const reason = how === 'lost' ? 'lost' : 'its token ended'
    hub.publish([workerEvent('worker_offline', domain, worker_id, clock.now(), { reason })])
    await this.#moveAll(after, unclaimed)
    return true
  }

  /** Takes a session out of the broker, and back what it had not claimed. What it runs is its own until it is judged. */
  async expel({ domain, worker_id, _id }: Session): Promise<void> {
    const { store, broker } = this.#parts
    const unclaimed = (await broker.takeBack(domain, worker_id, _id)).map(({ run_id }) => run_id)
    await broker.dismiss(domain, worker_id, _id)
    for (const run of await store.runs.byIds(unclaimed))
      if (run.session === _id) await this.move(run, (now, found) => takenBack(found, now))
  }

  /** Moves what a session that is over still has: whoever judged it died over that. */
  async moveLost(id: string): Promise<void> {
    const { store, broker, clock } = this.#parts
    const session = await store.workers.session(id)
    if (session === null) return this.#moveAll({ _id: id, state: 'lost' }, new Set())
    // Whoever judged it may be at it still, and knows more.
    if (session.ended_at !== null && clock.now() - session.ended_at < judgeWithin) return
    const unclaimed = await broker.takeBack(session.domain, session.worker_id, id)
    await this.#moveAll(session, new Set(unclaimed.map(({ run_id }) => run_id)))
  }

  async #moveAll({ _id, state }: Pick<Session, '_id' | 'state'>, unclaimed: ReadonlySet<string>): Promise<void> {
    const over = state === 'lost' ? afterSessionLost : handedBack
    for (const run of await this.#parts.store.runs.ofSession(_id))
      await this.move(run, (now, found) => (unclaimed.has(run._id) ? takenBack : over)(found, now))
  }
}
