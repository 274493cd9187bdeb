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
  /** Tells it from a later one of the same run. */
  readonly mark: string
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
  readonly running: readonly Taken[]
}

/** A worker that comes, as its session is stored. */
export interface Admission {
  readonly card: WorkerCard
  readonly session: string
  readonly state: WorkerState
  /** Of the token that it came with, as people see it where the driver shows it; null or absent: the server's own worker. */
  readonly token_hash?: string | null
}

/** A slot that the store says is taken: how slots are known again after the broker lost everything. */
export interface Taken {
  readonly run_id: string
  readonly job_id: string
  readonly token: number
  readonly slot: number
  /** Who the run is for, as its job says. */
  readonly user: string
}

/** A worker that came by itself and speaks another protocol. What it says of itself is shown, and nothing more. */
export interface Stranger {
  readonly card: WorkerCard
  readonly heartbeat: Millis
}

/** A token that holds. */
export interface ShownToken {
  /** SHA-256, in hex. */
  readonly hash: string
  /** The one of the routes that know no other. */
  readonly isDefault: boolean
  /** For how long it holds, ms; null: until it is ended. */
  readonly endsIn: Millis | null
}

/** When the worker of an admitted session was last heard of. */
export interface Heartbeat {
  readonly domain: string
  readonly worker_id: string
  readonly session: string
  readonly heartbeat: Millis
}

/** What a look at what was left behind found. */
export interface Lapsed {
  /** Reservations that were freed. */
  readonly freed: number
  /** The broker lost what it knew since the last look (a flush, a restart): it is to be rebuilt from the store. */
  readonly isLost: boolean
}

/**
 * The fast path between what waits and who works: the queue by class, slots, each worker's own queue, heartbeats. It is
 * rebuilt from the store at any time; nothing in it is the truth. Every method rejects with UNAVAILABLE while it cannot
 * be reached; what was asked then may have been done all the same, and may be asked again.
 */
export interface Broker {
  /** Queues runs; one that is queued or reserved already stays where it is. The ids of those that no worker here fits. */
  enqueue(waiting: readonly Waiting[]): Promise<readonly string[]>
  /** Takes runs out of the queue (a cancel). */
  withdraw(domain: string, runIds: readonly string[]): Promise<void>
  /** Which of these it neither queues nor has reserved. */
  unknown(domain: string, runIds: readonly string[]): Promise<readonly string[]>

  /** Order of writes (1): takes the best runs for free fitting slots out of the queue. Domains take turns. */
  reserve(limit: number, now: Millis): Promise<readonly Reservation[]>
  /** As `reserve` for one run that is not queued: null unless a fitting slot is free and nothing ahead of it waits for that. */
  reserveFor(waiting: Waiting, now: Millis): Promise<Reservation | null>
  /** (3): puts the grants into their workers' queues; the reservations become slots. The store has decided: one that lapsed is given, too. */
  give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void>
  /** Frees reservations whose run was not won; `again` puts the run back into the queue. */
  giveUp(reservations: readonly Reservation[], again: boolean): Promise<void>
  /** Frees reservations older than 10 s, and queues again those of their runs that were queued. */
  lapse(now: Millis): Promise<Lapsed>
  /**
   * Calls back when another process queued runs or freed slots; what this one did itself is not told. A lost call is made
   * good by the next `reserve`. The answer stops it.
   */
  onWork(told: () => void): () => void

  /**
   * A worker is there, with the slots that the store says are taken. Under the session that it had, grants that lie in its
   * own queue and are taken stay there. False, and nothing changes, while the session is blocked.
   */
  admit(admission: Admission, taken: readonly Taken[], now: Millis): Promise<boolean>
  setState(domain: string, workerId: string, state: WorkerState): Promise<void>
  dismiss(domain: string, workerId: string, session: string): Promise<void>
  /** (4): waits for grants in the worker's own queue, at most `free`; empty when aborted. */
  claim(domain: string, workerId: string, session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]>
  /** The grants that still lie in the worker's own queue: proven unclaimed, and taken out. */
  takeBack(domain: string, workerId: string, session: string): Promise<readonly Grant[]>
  /** A heartbeat; false when the session is not (or no longer) admitted, or blocked. */
  renew(domain: string, workerId: string, session: string, now: Millis): Promise<boolean>
  /**
   * A verdict's first step: from here on the session is neither renewed nor admitted, if its last heartbeat is still
   * `heartbeat` (null: the broker knows of none). Whether it is blocked. Lapses after 5 s, for its setter may die.
   */
  block(domain: string, workerId: string, session: string, heartbeat: Millis | null, now: Millis): Promise<boolean>
  /** Frees the slots of ended tokens; a token that holds none is passed over. A grant of such a token is claimed no more. */
  release(domain: string, workerId: string, ended: readonly Held[]): Promise<void>

  /** The admitted sessions. Who watches for loss looks at the change of a heartbeat, never at its value: clocks differ. */
  heartbeats(): Promise<readonly Heartbeat[]>

  workers(domain: string | null): Promise<readonly Presence[]>
  /** Workers that get no work. */
  strangers(domain: string | null): Promise<readonly Stranger[]>
  /** The head of the queue in the order of dispatch. */
  waiting(domain: string | null, limit: number): Promise<readonly Waiting[]>
  /** How many wait. */
  depth(domain: string | null): Promise<number>
  /**
   * Shows people and own workers that there is the domain, and the hashes of its tokens, where the driver has a place for
   * that. What it showed of it before and is not said here goes. Nothing of the control plane reads it.
   */
  show(domain: string, tokens: readonly ShownToken[]): Promise<void>
  /** The domain is removed: nothing that is shown of it stays, and nothing else unless a worker or a run of it is still here. */
  forget(domain: string): Promise<void>
  /** Rejects with a sentence while it cannot serve. */
  check(): Promise<void>
  close(): Promise<void>
}
