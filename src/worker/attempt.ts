import type { Ended } from '../model/run-life.ts'
import type { Millis } from '../model/time.ts'
import type { Ack, Grant, Held } from '../ports/link.ts'
import type { ChunkNote, EndNote, HeldNote, Note, Order } from '../supervisor/messages.ts'
import { ackOrder, resendOrder, stopGrace, stopOrder } from './orders.ts'
import { Transcript } from './transcript.ts'

/** How an attempt is named in the tables of the agent and between it and the supervisor. */
export const keyOf = ({ run_id, token }: Held): string => `${run_id}:${token}`

/** What follows from something learnt: orders for the supervisor; the attempt is over and may be forgotten. */
export interface Step {
  readonly orders: readonly Order[]
  readonly done: boolean
}

/** What the next report says of an attempt. The chunks' bytes are still in the spool. */
export interface Draft {
  readonly start_ts: Millis | null
  readonly chunks: readonly ChunkNote[]
  readonly ended: (Ended & { readonly last_seq: number }) | null
  readonly never_started: boolean
}

/** The notes that speak of one attempt. */
export type AttemptNote = Extract<Note, { kind: 'started' | 'chunk' | 'ended' }>

const nothing: Step = { orders: [], done: false }
const over: Step = { orders: [], done: true }

/**
 * What the agent knows of one attempt, from its grant to the word that its end is stored. It acts on nothing: it takes
 * in notes, wishes and acknowledgements, and answers what to order and what to report. Nothing is counted as told
 * before the other side has confirmed it, so a report that was lost is simply made again.
 */
export class Attempt {
  readonly run_id: string
  readonly token: number
  readonly attempt: number
  /** null: found with the supervisor, from an earlier life of the agent. */
  readonly grant: Grant | null
  /** waiting: nobody was told to start it. ordered: the supervisor was, and has not answered. */
  phase: 'waiting' | 'ordered' | 'running' | 'ended' = 'waiting'
  /** The file that the chunks' bytes lie in. */
  spool: string | null = null
  readonly #transcript = new Transcript()
  #wish: { readonly cause: 'cancel' | 'stop'; readonly grace: Millis } | null = null
  #isForgotten = false
  #isNeverStarted = false
  /** The supervisor does not hold it. */
  #isLocal = false
  #startTs: Millis | null = null
  #isStartTold = false
  #ended: Draft['ended'] = null

  constructor(of: Held & { readonly attempt: number }, grant: Grant | null = null) {
    this.run_id = of.run_id
    this.token = of.token
    this.attempt = of.attempt
    this.grant = grant
  }

  get key(): string {
    return keyOf(this)
  }

  /** A process of it is there, or may be. */
  get isBusy(): boolean {
    return this.phase !== 'ended'
  }

  /** The supervisor, met again or for the first time, holds it. What is not stored of its output is told anew. */
  adopt(held: HeldNote): Step {
    const stored = Math.max(this.#transcript.stored, held.acked_seq)
    this.spool = held.spool ?? this.spool
    this.#startTs = held.start_ts ?? this.#startTs
    this.#transcript.restart(stored)
    this.#isLocal = false
    this.phase = 'running'
    if (held.ended) {
      const ended = this.#end(held.ended)
      if (ended.done) return ended
    }
    const orders = [resendOrder(this, stored), ...this.wishedOrders()]
    return { orders: stored > held.acked_seq ? [ackOrder(this, stored, false), ...orders] : orders, done: false }
  }

  hear(note: AttemptNote): Step {
    if (note.kind === 'ended') return this.#end(note)
    if (note.kind === 'started') {
      this.spool = note.spool
      this.#startTs = note.start_ts
      if (this.phase !== 'ended') this.phase = 'running'
    } else this.#transcript.take(note)
    return nothing
  }

  #end(note: EndNote): Step {
    const { cause, returncode, end_ts, reason, seen, stdout, stderr, last_seq } = note
    this.phase = 'ended'
    this.#startTs = note.start_ts ?? this.#startTs
    this.#ended = { cause, returncode, end_ts, reason, seen, output: { stdout, stderr }, last_seq }
    return this.#isForgotten ? this.#close() : nothing
  }

  /** Ends without the supervisor: an executor's refusal, or what it ought to hold and does not. */
  endHere(ended: Ended): void {
    this.phase = 'ended'
    this.#isLocal = true
    this.#ended = { ...ended, last_seq: this.#transcript.heard }
  }

  /** Given back, proven unstarted: for one that still waits. */
  refuse(): void {
    this.phase = 'ended'
    this.#isLocal = true
    this.#isNeverStarted = true
  }

  /** It is to be ended. The first cause stays; a shorter grace wins. */
  stop(cause: 'cancel' | 'stop', grace: Millis = stopGrace): Step {
    const known = this.#wish
    if (this.phase === 'ended' || (known !== null && known.grace <= grace)) return nothing
    this.#wish = { cause: known?.cause ?? cause, grace }
    return { orders: this.wishedOrders(), done: false }
  }

  /** The control plane does not know the token, or knows a later one: it is ended at once, and nothing of it is told. */
  forget(): Step {
    if (this.#isForgotten) return nothing
    this.#isForgotten = true
    if (this.phase === 'waiting') return over
    return this.phase === 'ended' ? this.#close() : this.stop('stop', 0)
  }

  /** What it is to be told again when the supervisor may have missed it. */
  wishedOrders(): readonly Order[] {
    const isWithSupervisor = this.phase === 'ordered' || this.phase === 'running'
    return this.#wish && isWithSupervisor ? [stopOrder(this, this.#wish.cause, this.#wish.grace)] : []
  }

  #close(): Step {
    return this.#isLocal ? over : { orders: [ackOrder(this, this.#ended?.last_seq ?? 0, true)], done: true }
  }

  /** What is to be reported now; null when there is nothing. @param budget bytes of output */
  draft(budget: number): Draft | null {
    if (this.#isForgotten) return null
    if (this.#isNeverStarted) return { start_ts: null, chunks: [], ended: null, never_started: true }
    const chunks = this.#transcript.next(budget)
    const upTo = chunks.at(-1)?.seq ?? this.#transcript.stored
    const ended = this.#ended && upTo >= this.#ended.last_seq ? this.#ended : null
    const isNews = chunks.length > 0 || ended !== null || this.#isStartNews
    return isNews ? { start_ts: this.#startTs, chunks, ended, never_started: false } : null
  }

  get #isStartNews(): boolean {
    return this.#startTs !== null && !this.#isStartTold
  }

  /** Something of it waits to be reported, if not within every budget. */
  get hasNews(): boolean {
    if (this.#isForgotten) return false
    if (this.#isNeverStarted || this.#transcript.waiting > 0 || this.#isStartNews) return true
    return this.#ended !== null && this.#transcript.stored >= this.#ended.last_seq
  }

  /** The control plane's word on a draft. */
  settle({ verdict, stored_seq }: Ack, draft: Draft): Step {
    if (this.#isForgotten) return nothing
    if (verdict === 'stale') return this.forget()
    if (verdict === 'resend') return this.#resend(stored_seq)
    const before = this.#transcript.stored
    this.#transcript.settle(stored_seq)
    if (draft.start_ts !== null) this.#isStartTold = true
    if (draft.ended || draft.never_started) return this.#close()
    const orders = stored_seq > before ? [ackOrder(this, stored_seq, false)] : []
    if (!this.#transcript.isMissing) return { orders, done: false }
    this.#transcript.reopen()
    return { orders: [...orders, resendOrder(this, this.#transcript.heard)], done: false }
  }

  #resend(stored: number): Step {
    // Nobody can tell it again. No longer named by the renewals, the attempt is found lost by the control plane.
    if (this.#isLocal) return over
    this.#transcript.restart(stored)
    return { orders: [resendOrder(this, stored)], done: false }
  }
}
