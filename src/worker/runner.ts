import type { HostFacts } from '../executors/command.ts'
import { programsAsked } from '../executors/python.ts'
import type { Grant } from '../ports/link.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import type { Welcome } from '../supervisor/client.ts'
import type { Note, Order } from '../supervisor/messages.ts'
import { Attempt } from './attempt.ts'
import { startOrder } from './orders.ts'
import { endedHere, reunite } from './reunion.ts'
import type { Roster } from './roster.ts'

export interface RunnerParts {
  readonly roster: Roster
  readonly host: HostFacts
  /** What these programs say of their version; those that are not there are left out. Never rejects. */
  readonly versionsOf: (names: readonly string[]) => Promise<HostFacts['versions']>
  /** Where an attempt's script file will lie. */
  readonly scriptPath: (run_id: string, token: number) => string
  readonly log: Log
  /** false where there is no supervisor now. */
  readonly send: (order: Order) => boolean
  /** The supervisor runs something that it did not tell of: it has to be met anew. */
  readonly meetAnew: () => void
}

/** Turns grants into orders, and takes in what the supervisor says of what became of them. */
export class Runner {
  readonly #parts: RunnerParts
  /** Those that wait for what is asked about the machine. */
  readonly #asking = new Set<Attempt>()
  #isOpen = true

  constructor(parts: RunnerParts) {
    this.#parts = parts
  }

  /** A grant: started at once, or given back while the worker is leaving. One that is held already is a repeat. */
  readonly accept = (grant: Grant): void => {
    const { roster } = this.#parts
    if (roster.get(grant) || roster.wasGivenBack(grant)) return
    failPoint('worker.claimed')
    const attempt = new Attempt(grant, grant)
    roster.add(attempt)
    if (this.#isOpen) this.#order(attempt)
    else roster.giveBack(attempt)
  }

  /** From now on nothing is started; what was not yet given to a supervisor goes back. */
  close(): void {
    const { roster } = this.#parts
    this.#isOpen = false
    for (const attempt of [...roster]) if (attempt.phase === 'waiting') roster.giveBack(attempt)
  }

  #order(attempt: Attempt): void {
    if (attempt.grant === null) return
    const asked = programsAsked(attempt.grant.definition.executor)
    if (asked.length === 0) this.#give(attempt, attempt.grant, this.#parts.host)
    else if (!this.#asking.has(attempt)) void this.#askFirst(attempt, attempt.grant, asked)
  }

  async #askFirst(attempt: Attempt, grant: Grant, names: readonly string[]): Promise<void> {
    const { roster, host, versionsOf } = this.#parts
    this.#asking.add(attempt)
    const versions = await versionsOf(names)
    this.#asking.delete(attempt)
    // Meanwhile it may have been given back, or forgotten.
    if (attempt.phase === 'waiting' && roster.get(attempt) === attempt)
      this.#give(attempt, grant, { ...host, versions })
  }

  #give(attempt: Attempt, grant: Grant, host: HostFacts): void {
    const { roster, send, scriptPath } = this.#parts
    const order = startOrder(grant, host, scriptPath(grant.run_id, grant.token))
    if ('refused' in order) {
      attempt.endHere(endedHere('not_spawned', order.refused, Date.now()))
      roster.follow(attempt)
    } else if (send(order)) {
      attempt.phase = 'ordered'
      failPoint('worker.ordered')
      roster.follow(attempt, { orders: attempt.wishedOrders(), done: false })
    }
  }

  readonly welcome = ({ held }: Welcome): void =>
    reunite(this.#parts.roster, held, (attempt) => this.#order(attempt), Date.now())

  readonly hear = (notes: readonly Note[]): void => {
    for (const note of notes) {
      if (note.kind === 'refused') this.#refused(note)
      else if (note.kind === 'started' || note.kind === 'chunk' || note.kind === 'ended') this.#tell(note)
    }
  }

  #tell(note: Extract<Note, { kind: 'started' | 'chunk' | 'ended' }>): void {
    const { roster, log, meetAnew } = this.#parts
    const attempt = roster.get(note)
    if (attempt) roster.follow(attempt, attempt.hear(note))
    else if (note.kind === 'started') {
      // An order of the agent's earlier life was read only after this one had been welcomed.
      log.warn('the supervisor started what this agent did not order: meeting it anew', { run_id: note.run_id })
      meetAnew()
    }
  }

  /**
   * It was started before and is over, its end acknowledged: else the supervisor would have presented it. Or the
   * supervisor is about to exit: then the control plane, which misses it in the renewals, sends it again.
   */
  #refused(note: Extract<Note, { kind: 'refused' }>): void {
    const { roster, log } = this.#parts
    const attempt = roster.get(note)
    if (attempt?.phase !== 'ordered') return
    log.warn('the supervisor refused a grant', { run_id: note.run_id, attempt: attempt.attempt, reason: note.reason })
    roster.drop(attempt)
  }
}
