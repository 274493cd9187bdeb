import type { Requirement } from '../model/affinity.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Grant, Held } from './link.ts'

/** A run that waits to be given out: due, and held by nothing. */
export interface Waiting {
  readonly run_id: string
  readonly job_id: string
  readonly domain: string
  readonly name: string
  readonly need: Requirement
  readonly priority: number
  readonly scheduled_ts: Millis
}

/** A slot of a worker, reserved for a run until it is given, given up, or 10 s have passed. */
export interface Reservation {
  readonly waiting: Waiting
  readonly worker_id: string
  readonly session: string
  readonly slot: number
}

/** A worker as the broker knows it. */
export interface Presence {
  readonly card: WorkerCard
  readonly session: string
  readonly state: WorkerState
  readonly heartbeat: Millis
  readonly running: readonly {
    readonly run_id: string
    readonly job_id: string
    readonly token: number
    readonly slot: number
  }[]
}

/** A slot that the store says is taken: how slots are known again after the broker lost everything. */
export interface Taken {
  readonly run_id: string
  readonly job_id: string
  readonly token: number
  readonly slot: number
}

/**
 * The fast path between what waits and who works: the queue by class, slots, each worker's own queue, heartbeats. It is
 * rebuilt from the store at any time; nothing in it is the truth.
 */
export interface Broker {
  /** Queues runs; one that is queued or reserved already stays where it is. */
  enqueue(waiting: readonly Waiting[]): Promise<void>
  /** Takes runs out of the queue (a cancel). */
  withdraw(domain: string, runIds: readonly string[]): Promise<void>
  /** Which of these it neither queues nor has reserved. */
  unknown(domain: string, runIds: readonly string[]): Promise<readonly string[]>

  /** Order of writes (1): takes the best runs for free fitting slots out of the queue. Domains take turns. */
  reserve(limit: number, now: Millis): Promise<readonly Reservation[]>
  /** As `reserve` for one run that is not queued: null unless a fitting slot is free and nothing ahead of it waits for that. */
  reserveFor(waiting: Waiting, now: Millis): Promise<Reservation | null>
  /** (3): puts the grants into their workers' queues; the reservations become slots. */
  give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void>
  /** Frees reservations whose run was not won; `again` puts the run back into the queue. */
  giveUp(reservations: readonly Reservation[], again: boolean): Promise<void>
  /** Frees reservations older than 10 s and queues their runs again; how many. */
  lapse(now: Millis): Promise<number>

  /** A worker is there, with the slots that the store says are taken. */
  admit(presence: Omit<Presence, 'running' | 'heartbeat'>, taken: readonly Taken[], now: Millis): Promise<void>
  setState(domain: string, workerId: string, state: WorkerState): Promise<void>
  dismiss(domain: string, workerId: string, session: string): Promise<void>
  /** (4): waits for grants in the worker's own queue, at most `free`; empty when aborted. */
  claim(domain: string, workerId: string, session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]>
  /** The grants that still lie in the worker's own queue: proven unclaimed, and taken out. */
  takeBack(domain: string, workerId: string, session: string): Promise<readonly Grant[]>
  /** A heartbeat; false when the session is not (or no longer) admitted. */
  renew(domain: string, workerId: string, session: string, now: Millis): Promise<boolean>
  /**
   * A verdict's first step: from here on the session's renewals are refused, if the last one is still that of `heartbeat`
   * (null: the broker knows of none). Whether it is blocked. Lapses after 5 s, for its setter may die, and at `admit`.
   */
  block(domain: string, workerId: string, session: string, heartbeat: Millis | null, now: Millis): Promise<boolean>
  /** Frees the slots of ended tokens; a token that holds none is passed over. */
  release(domain: string, workerId: string, ended: readonly Held[]): Promise<void>

  workers(domain: string | null): Promise<readonly Presence[]>
  /** The head of the queue in the order of dispatch. */
  waiting(domain: string | null, limit: number): Promise<readonly Waiting[]>
  /** How many wait. */
  depth(domain: string | null): Promise<number>
  close(): Promise<void>
}
