import type { Affinity, Requirement } from './affinity.ts'
import type { AuditEntry } from './audit.ts'
import type { EnqueueReason } from './event.ts'
import type { ExecutorType } from './executor.ts'
import type { Job, JobVersion } from './job.ts'
import { tickKey } from './job.ts'
import type { RunChanges } from './run-changes.ts'
import type { RunStatus } from './run-status.ts'
import type { Millis } from './time.ts'

export { type FinalStatus, finalStatuses, isFinal, liveStatuses, type RunStatus, runStatuses } from './run-status.ts'

/** It waits, and is due, and nothing holds it: it belongs into the broker's queue. */
export const isQueued = (run: Pick<Run, 'status' | 'hold' | 'not_before'>, now: Millis): boolean =>
  (run.status === 'pending' || run.status === 'retrying') && run.hold === null && run.not_before <= now

/** A worker has it, or may have: a process of it can exist. */
export const isOut = (run: { readonly status: RunStatus }): boolean =>
  run.status === 'dispatched' || run.status === 'running'

export const outcomes = ['success', 'failed', 'timed_out', 'cancelled', 'lost', 'interrupted', 'not_spawned'] as const
export type Outcome = (typeof outcomes)[number]

/** One attempt: a process that was started, or could not be, or may have been. `end_ts` and outcome are null while it lasts. */
export interface Attempt {
  readonly attempt: number
  readonly token: number
  readonly worker_id: string
  readonly session: string
  readonly start_ts: Millis | null
  readonly end_ts: Millis | null
  readonly returncode: number | null
  readonly outcome: Outcome | null
  readonly reason: string | null
  readonly usage: null
}

export const holdKinds = ['overlap', 'limit', 'after', 'paused'] as const

/** Why a run that is due is not in the queue, and what it waits for. */
export interface Hold {
  readonly kind: (typeof holdKinds)[number]
  readonly of: string | null
}

export const runEffectKinds = ['totals'] as const

/** What follows a run, written in the write that causes it, done at least once, then struck off. */
export interface RunEffect {
  readonly kind: (typeof runEffectKinds)[number]
}

/** A run as it is stored. Times in ms. The newest output of each stream is kept beside it (see `RunOutput`). */
export interface Run extends Requirement {
  readonly _id: string
  readonly job_id: string
  readonly job_version: number
  readonly job_name: string
  readonly domain: string
  readonly user: string
  readonly priority: number
  readonly queue: string
  readonly affinity: Affinity
  readonly executor_type: ExecutorType
  readonly on_worker_lost: 'requeue' | 'fail'
  readonly max_failovers: number
  readonly status: RunStatus
  /** Rises with every give-out and every taking back; every word about an attempt carries it. */
  readonly token: number
  /** The give-out's own random mark: who won is read back by it. */
  readonly grant: string | null
  readonly session: string | null
  readonly worker_id: string | null
  readonly slot: number | null
  readonly attempt: number
  readonly attempts: readonly Attempt[]
  readonly retries: number
  readonly retries_remaining: number
  readonly failovers: number
  /** When it became due: creation, or its tick. */
  readonly scheduled_ts: Millis
  readonly schedule_tick: Millis | null
  readonly schedule_mode: string
  /** Unique over all runs: `job:schedule:tick`, or `run:<id>`. */
  readonly tick_key: string
  readonly trigger: EnqueueReason
  readonly not_before: Millis
  readonly hold: Hold | null
  readonly start_ts: Millis | null
  readonly end_ts: Millis | null
  readonly returncode: number | null
  readonly completion_reason: string | null
  readonly cancel_requested_at: Millis | null
  readonly cancel_requested_by: string | null
  readonly effects: readonly RunEffect[]
  /** The run that this one was asked for as a retry of; null: none. Documents from before this field lack it, and the next. */
  readonly retry_of: string | null
  /** What it alone has otherwise than its job's definition; null: nothing. What of that a run copies is copied already. */
  readonly changes: RunChanges | null
  readonly params: null
  readonly chain: null
  readonly created_at: Millis
  /** Counts every write of this document; the compare-and-set of all changes rests on it. */
  readonly rev: number
}

/** The newest `keptTail` bytes of each stream of the last attempt, as text. */
export interface RunOutput {
  readonly stdout: string
  readonly stderr: string
}

export const noOutput: RunOutput = { stdout: '', stderr: '' }

/** A write of one run, guarded by the `rev` that was read. `output` null leaves the kept output as it is. */
export interface RunChange {
  readonly before: Run
  readonly after: Run
  readonly output: RunOutput | null
  /** Where somebody asked for it. */
  readonly told?: AuditEntry
}

/** What a new run is made for. */
export interface Occasion {
  readonly run_id: string
  readonly trigger: EnqueueReason
  /** The tick that it is for, or null. */
  readonly tick: Millis | null
  /** By how much it is put off after its tick, ms. */
  readonly jitter?: Millis
  /** The run that it repeats, and what it alone has otherwise; the definition that it is made from has that in it already. */
  readonly retry_of?: string | null
  readonly changes?: RunChanges | null
  readonly now: Millis
}

/** A new run of a job at one of its versions. Pure. */
export function newRun(
  job: Pick<Job, '_id' | 'domain'>,
  { version, definition }: Pick<JobVersion, 'version' | 'definition'>,
  { run_id, trigger, tick, jitter = 0, retry_of = null, changes = null, now }: Occasion,
): Run {
  const due = tick === null ? now : tick + jitter
  return {
    _id: run_id,
    job_id: job._id,
    job_version: version,
    job_name: definition.name,
    domain: job.domain,
    user: definition.user,
    priority: definition.priority,
    queue: definition.queue,
    affinity: definition.affinity,
    executor_type: definition.executor.type,
    on_worker_lost: definition.on_worker_lost,
    max_failovers: definition.max_failovers,
    status: 'pending',
    token: 0,
    grant: null,
    session: null,
    worker_id: null,
    slot: null,
    attempt: 0,
    attempts: [],
    retries: definition.retries,
    retries_remaining: definition.retries,
    failovers: 0,
    scheduled_ts: due,
    schedule_tick: tick,
    schedule_mode: definition.schedule.mode,
    tick_key: tick === null ? `run:${run_id}` : tickKey(job._id, tick),
    trigger,
    not_before: due,
    hold: null,
    start_ts: null,
    end_ts: null,
    returncode: null,
    completion_reason: null,
    cancel_requested_at: null,
    cancel_requested_by: null,
    effects: [],
    retry_of,
    changes,
    params: null,
    chain: null,
    created_at: now,
    rev: 1,
  }
}
