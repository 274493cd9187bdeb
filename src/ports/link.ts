import type { HostLoad } from '../model/host-load.ts'
import type { JobDefinition } from '../model/job.ts'
import type { LogChunk } from '../model/log.ts'
import type { Ended } from '../model/run-life.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'

/** A run given to a worker: all that it needs to execute it. No process starts without one. */
export interface Grant {
  readonly run_id: string
  readonly job_id: string
  readonly domain: string
  readonly token: number
  /** The give-out's own random mark. */
  readonly grant: string
  readonly attempt: number
  readonly slot: number
  readonly scheduled_ts: Millis
  readonly definition: JobDefinition
  /** Bytes of output kept per attempt; the rest is dropped and counted. */
  readonly log_limit: number
}

export interface Registered {
  readonly session: string
  readonly state: WorkerState
  /** null: no deadline. */
  readonly ttl: Millis | null
}

/** A token that a worker holds: queued or running, or ended and not yet acknowledged. */
export interface Held {
  readonly run_id: string
  readonly token: number
}

/** The control plane's answer to a renewal. */
export interface Renewal {
  readonly state: WorkerState
  /** To be ended: a cancel was asked. */
  readonly cancel: readonly Held[]
  /** Unknown or past: to be ended and forgotten, without a report. */
  readonly forget: readonly Held[]
  /** Given out to this session and not named by it: sent once more. The supervisor refuses what it has known. */
  readonly again: readonly Grant[]
  /** It counts, but what it was to be held against could not be read: another scheduler may know more. */
  readonly partial: boolean
}

/** What a worker says of one attempt. Absolute values; any part may be told twice. */
export interface Report {
  readonly run_id: string
  readonly token: number
  readonly attempt: number
  /** When its process was started, ms; null while it was not, or could not be. */
  readonly start_ts: Millis | null
  /** In sequence. */
  readonly chunks: readonly LogChunk[]
  /** Applied last, and only when every chunk up to `last_seq` is stored. */
  readonly ended: (Ended & { readonly last_seq: number }) | null
  /** The worker refuses the grant, and proves that it started nothing under it. */
  readonly never_started: boolean
}

/** The control plane's word on a report: only on it does a worker delete from its spool. */
export interface Ack {
  readonly run_id: string
  readonly token: number
  /** stored: all of the report is. stale: the token is unknown or past; end it and forget it. resend: chunks after `stored_seq` are missing. */
  readonly verdict: 'stored' | 'stale' | 'resend'
  readonly stored_seq: number
}

/** What a renewal may say besides. */
export interface Aside {
  /** How busy the machine is, now and then. */
  readonly host?: HostLoad | null | undefined
  /** The worker goes on with what it runs, and takes nothing new. */
  readonly leaving?: boolean | undefined
}

/** What a worker needs of the control plane. Every method rejects when the other side cannot be reached. */
export interface Link {
  /** Registers, or takes over the session of an earlier life that had the same secret. */
  register(card: WorkerCard, secret: string): Promise<Registered>
  /** Waits for work, at most `free` grants; empty when aborted or after a while. */
  claim(session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]>
  /**
   * @param taken called where the renewal counts before it is answered
   * @param aside nothing rests on its arrival
   */
  renew(session: string, held: readonly Held[], taken?: () => void, aside?: Aside): Promise<Renewal>
  /** Stores what the worker says; answers one ack for each report, in order. */
  report(session: string, reports: readonly Report[]): Promise<readonly Ack[]>
  /** Calls back at once when one of the session's runs is to be cancelled; a lost call is made good by the next renewal. */
  onCancel(session: string, told: (held: Held) => void): () => void
  /** The worker ends in order: it holds nothing any more. */
  goodbye(session: string): Promise<void>
}
