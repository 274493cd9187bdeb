import { leaseEnd } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Order } from '../supervisor/messages.ts'

/** Tells the supervisor until when it may run jobs: moved by every renewal that the control plane answered. */
export class LeaseKeeper {
  readonly #send: (order: Order) => void
  #ttl: Millis | null = null
  #order: Order | null = null

  constructor(send: (order: Order) => void) {
    this.#send = send
  }

  /** @param sentAt when the registration was sent, by the boot clock. @param ttl null: no end */
  registered(sentAt: Millis, ttl: Millis | null): void {
    this.#ttl = ttl
    this.renewed(sentAt)
  }

  /** @param sentAt when the renewal that was answered now was sent, by the boot clock */
  renewed(sentAt: Millis): void {
    this.#order = { kind: 'lease', until: leaseEnd(sentAt, this.#ttl) }
    this.#send(this.#order)
  }

  /** The supervisor may be another: it learns what holds. Before anything that it is to start. */
  repeat(): void {
    if (this.#order !== null) this.#send(this.#order)
  }
}
