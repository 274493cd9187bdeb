import { type HostLoad, sampleEvery } from '../model/host-load.ts'
import type { WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Grant, Held, Link, Renewal } from '../ports/link.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import { bootClock } from '../supervisor/client.ts'
import type { Contact } from './contact.ts'
import type { Roster } from './roster.ts'

/** How often the worker says that it is there, and what it holds. */
const usualPace: Millis = 2000

export interface PresenceParts {
  readonly link: Link
  readonly session: () => string
  readonly roster: Roster
  readonly contact: Contact
  readonly log: Log
  readonly onState: (state: WorkerState) => void
  /** The renewal that was sent then, by the boot clock, was answered. */
  readonly onRenewed: (sentAt: Millis) => void
  /** A grant that did not arrive the first time. */
  readonly onGrant: (grant: Grant) => void
  readonly renewEvery?: Millis | undefined
  /** How busy the machine is. */
  readonly look: () => HostLoad
}

/** Renews the session, and does what the answer says. */
export class Presence extends Loop {
  readonly #parts: PresenceParts
  readonly #every: Millis
  /** When the control plane was last told how busy the machine is, ms; null: never. */
  #toldLoadAt: number | null = null
  #isLeaving = false

  constructor(parts: PresenceParts) {
    const every = parts.renewEvery ?? usualPace
    super({ name: 'presence', every, log: parts.log })
    this.#parts = parts
    this.#every = every
  }

  /** What it runs goes on, and nothing new is to be given to it: that is said at once, and at each renewal. */
  leave(): void {
    this.#isLeaving = true
    this.wake()
  }

  async runOnce(): Promise<Pass> {
    const { link, session, roster, contact, look } = this.#parts
    const asked = session()
    const began = performance.now()
    const sentAt = bootClock()
    try {
      // Registered anew meanwhile: this answer speaks of a life that is over.
      const isStill = (): boolean => asked === session()
      const renewed = (): void => {
        if (isStill()) this.#parts.onRenewed(sentAt)
      }
      const isDue = this.#toldLoadAt === null || began - this.#toldLoadAt >= sampleEvery
      const answer = await link.renew(asked, roster.held(), renewed, {
        host: isDue ? look() : null,
        leaving: this.#isLeaving,
      })
      if (isDue) this.#toldLoadAt = began
      contact.succeeded('renew')
      renewed()
      if (isStill()) this.#apply(answer)
    } catch (error) {
      contact.failed('renew', error)
    }
    return { more: false, nextIn: Math.max(0, began + this.#every - performance.now()) }
  }

  #apply({ state, cancel, forget, again }: Renewal): void {
    const { roster, onState, onGrant } = this.#parts
    onState(state)
    for (const held of cancel) cancelIn(roster, held)
    for (const held of forget) {
      const attempt = roster.get(held)
      if (attempt) roster.follow(attempt, attempt.forget())
    }
    for (const grant of again) onGrant(grant)
  }
}

/** A cancel was asked: the process gets TERM, and KILL after the grace. What ended meanwhile stays as it ended. */
export function cancelIn(roster: Roster, held: Held): void {
  const attempt = roster.get(held)
  if (!attempt) return
  // Nobody was told to start it, so it goes back, and the cancel finds nothing to end.
  if (attempt.phase === 'waiting') roster.giveBack(attempt)
  else roster.follow(attempt, attempt.stop('cancel'))
}
