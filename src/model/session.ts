import type { WorkerFacts } from './affinity.ts'
import type { Millis } from './time.ts'

export const workerStates = ['online', 'draining', 'disabled'] as const
export type WorkerState = (typeof workerStates)[number]

/** What a worker says of itself when it registers. */
export interface WorkerCard extends WorkerFacts {
  readonly domain: string
  readonly worker_id: string
  readonly max_concurrency: number
  /** What its processes are ended by: cgroup | pid_namespace | subreaper | group. */
  readonly kill_level: string
  readonly run_user: string
  readonly cpu_count: number
  readonly python_version: string | null
  readonly cwd: string
  readonly version: string
  /** null: no deadline (the embedded server's own worker). */
  readonly ttl: Millis | null
  /** Used for a worker never seen before. */
  readonly first_state: WorkerState
}

/** One life of a worker, as stored. A lost session never comes back. */
export interface Session extends WorkerCard {
  readonly _id: string
  /** SHA-256, in hex, of the secret in the worker's folder: the same secret takes the session over after a restart. */
  readonly secret_hash: string
  readonly state: 'live' | 'lost' | 'ended'
  /** A verdict of loss needs this moment past. */
  readonly hold_until: Millis | null
  readonly token_hash: string | null
  readonly created_at: Millis
  readonly ended_at: Millis | null
  /** Lost, and the worker came back since, under another session: what becomes of the worker is told of that one. */
  readonly followed?: boolean | undefined
  /** Counts every write of this document. */
  readonly rev: number
}

/** A worker across its sessions: the state that the API set outlives restarts. */
export interface WorkerRecord {
  readonly domain: string
  readonly worker_id: string
  readonly state: WorkerState
  readonly updated_at: Millis
}

/** What a lease is shorter than the TTL after which its holder is judged: long enough to end what runs. ms */
const leaseMargin: Millis = 3000

/** Until when a worker's jobs may run. Pure. @param sentAt when the renewal was *sent*, by the worker's boot clock */
export const leaseEnd = (sentAt: Millis, ttl: Millis | null): Millis | null =>
  ttl === null ? null : sentAt + ttl - leaseMargin
