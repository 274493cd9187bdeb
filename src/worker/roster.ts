import type { Held } from '../ports/link.ts'
import type { Order } from '../supervisor/messages.ts'
import { type Attempt, keyOf, type Step } from './attempt.ts'

/** How many tokens that were given back are remembered. */
const mostGivenBack = 10_000

/** All attempts that the worker holds: waiting, running, or ended and not yet acknowledged. */
export class Roster {
  readonly #attempts = new Map<string, Attempt>()
  readonly #send: (order: Order) => void
  readonly #waiters = new Set<{ readonly isSo: () => boolean; readonly resolve: () => void }>()
  readonly #givenBack = new Set<string>()
  /** Called when an attempt has something to report. */
  onNews: (attempt: Attempt) => void = () => {}
  /** Called when a process ended, or is known never to begin: there may be room for another. */
  onRoom: () => void = () => {}

  /** @param send gives an order to the supervisor; lost where there is none, and made good when it is met again */
  constructor(send: (order: Order) => void) {
    this.#send = send
  }

  get(held: Held): Attempt | undefined {
    return this.#attempts.get(keyOf(held))
  }

  add(attempt: Attempt): void {
    this.#attempts.set(attempt.key, attempt)
  }

  [Symbol.iterator](): IterableIterator<Attempt> {
    return this.#attempts.values()
  }

  get size(): number {
    return this.#attempts.size
  }

  /** How many processes there are, or may be. */
  get busy(): number {
    let busy = 0
    for (const attempt of this) if (attempt.isBusy) busy += 1
    return busy
  }

  /** The tokens as a renewal names them. */
  held(): Held[] {
    return Array.from(this, ({ run_id, token }) => ({ run_id, token }))
  }

  /** Gives a grant back that nothing was started under. A late copy of it must not start one after that. */
  giveBack(attempt: Attempt): void {
    attempt.refuse()
    if (this.#givenBack.size >= mostGivenBack) this.#givenBack.clear()
    this.#givenBack.add(attempt.key)
    this.follow(attempt)
  }

  wasGivenBack(held: Held): boolean {
    return this.#givenBack.has(keyOf(held))
  }

  /** Does what an attempt asks for after it learnt something. */
  follow(attempt: Attempt, step: Step = { orders: [], done: false }): void {
    for (const order of step.orders) this.#send(order)
    if (step.done) this.drop(attempt)
    else if (attempt.hasNews) this.onNews(attempt)
    if (!attempt.isBusy) this.#changed()
  }

  /** It is over, or the supervisor proved that it was before. */
  drop(attempt: Attempt): void {
    this.#attempts.delete(attempt.key)
    this.#changed()
  }

  /** Resolves as soon as it is so; looked at whenever a process ended or an attempt is over. */
  when(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (isSo()) resolve()
      else this.#waiters.add({ isSo, resolve })
    })
  }

  #changed(): void {
    this.onRoom()
    for (const waiter of this.#waiters) {
      if (!waiter.isSo()) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }
}
