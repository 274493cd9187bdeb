import type { Ack, Link, Report } from '../ports/link.ts'
import { failPoint } from '../runtime/fail-points.ts'
import type { Log } from '../runtime/log.ts'
import { Loop, type Pass } from '../runtime/loop.ts'
import type { Attempt, Draft } from './attempt.ts'
import { type Contact, pauseAfter } from './contact.ts'
import type { Roster } from './roster.ts'
import { readChunks } from './spool.ts'

/** Bytes of output in one call, which is all that is unacknowledged in memory: the rest waits in the spool. */
export const callBytes = 1024 * 1024
/** Of them for one attempt, so that a flood leaves room for the others. */
export const attemptBytes = 256 * 1024
/** Attempts in one call. */
export const callReports = 512

/** A draft, and whose it is. */
export interface Drawn {
  readonly attempt: Attempt
  readonly draft: Draft
}

/**
 * What goes into the next call: the attempts in turn, each with a part of the budget; who has nothing to say leaves the
 * list. Pure but for that.
 */
export function draw(ready: Set<Attempt>): readonly Drawn[] {
  const drawn: Drawn[] = []
  let left = callBytes
  for (const attempt of ready) {
    if (drawn.length >= callReports) break
    // The first may have more than its part: a chunk larger than that would never leave otherwise.
    const draft = attempt.draft(drawn.length === 0 ? left : Math.min(attemptBytes, left))
    if (draft !== null) {
      drawn.push({ attempt, draft })
      left -= draft.chunks.reduce((sum, { length }) => sum + length, 0)
    } else if (!attempt.hasNews) ready.delete(attempt)
  }
  return drawn
}

/** Tells the control plane what the attempts have to say: all that one turn of the event loop brought, in one call. */
export class Reporter extends Loop {
  readonly #link: Link
  readonly #session: () => string
  readonly #roster: Roster
  readonly #contact: Contact
  readonly #ready = new Set<Attempt>()
  #failures = 0
  #notBefore = 0

  constructor(parts: { link: Link; session: () => string; roster: Roster; contact: Contact; log: Log }) {
    super({ name: 'reports', every: 60_000, log: parts.log })
    this.#link = parts.link
    this.#session = parts.session
    this.#roster = parts.roster
    this.#contact = parts.contact
  }

  /** The attempt has something to say; it is said when this turn of the event loop is over. */
  add(attempt: Attempt): void {
    this.#ready.add(attempt)
    this.wake()
  }

  async runOnce(): Promise<Pass> {
    const wait = this.#notBefore - performance.now()
    if (wait > 0) return { more: false, nextIn: wait }
    const drawn = draw(this.#ready)
    if (drawn.length === 0) return { more: false }
    const reports = drawn.map(reportOf)
    try {
      failPoint('worker.before-report')
      const acks = await this.#link.report(this.#session(), reports)
      this.#contact.succeeded('report')
      failPoint('worker.after-report')
      this.#settle(drawn, acks)
      this.#failures = 0
      return { more: this.#ready.size > 0 }
    } catch (error) {
      this.#contact.failed('report', error)
      this.#failures += 1
      this.#notBefore = performance.now() + pauseAfter(this.#failures)
      return { more: false, nextIn: pauseAfter(this.#failures) }
    }
  }

  #settle(drawn: readonly Drawn[], acks: readonly Ack[]): void {
    for (const [i, { attempt, draft }] of drawn.entries()) {
      const ack = acks[i]
      if (!ack || ack.run_id !== attempt.run_id || ack.token !== attempt.token)
        throw new Error('the control plane did not answer each report')
      // To the end of the line: whoever has much to say lets the others speak first.
      this.#ready.delete(attempt)
      const step = attempt.settle(ack, draft)
      failPoint('worker.before-ack')
      this.#roster.follow(attempt, step)
      failPoint('worker.acked')
    }
  }
}

function reportOf({ attempt, draft }: Drawn): Report {
  return {
    run_id: attempt.run_id,
    token: attempt.token,
    attempt: attempt.attempt,
    start_ts: draft.start_ts,
    chunks: readChunks(attempt.spool, attempt.attempt, draft.chunks),
    ended: draft.ended,
    never_started: draft.never_started,
  }
}
