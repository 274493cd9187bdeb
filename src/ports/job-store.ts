import type { Job, JobVersion } from '../model/job.ts'
import type { JobSort, SortValue } from '../model/job-order.ts'
import type { LedgerRow, TickOutcome } from '../model/ledger.ts'
import type { Run } from '../model/run.ts'
import type { TickDecision } from '../model/ticks.ts'
import type { Millis } from '../model/time.ts'
import type { Page } from './page.ts'
import type { StoredRun } from './run-store.ts'
import type { Told } from './told.ts'

/** A page of jobs. `sort`: by what, if not by creation; `value` is that of the job that `after` names. */
export interface JobPage extends Page {
  readonly sort?: { readonly by: Exclude<JobSort, 'created_at'>; readonly value: SortValue }
}

export interface JobQuery {
  readonly domain: string | null
  readonly q: string | null
  readonly mode: string | null
  readonly enabled: boolean | null
  readonly queue: string | null
}

/** Totals of a job's runs, and its newest ones. `queued` counts pending and dispatched. */
export interface JobFigures {
  readonly job_id: string
  readonly total: number
  readonly success: number
  readonly failed: number
  readonly queued: number
  /** The newest that started, newest first; only the first with its output (4,096 characters of each stream). */
  readonly recent: readonly StoredRun[]
}

/** Jobs that have something to be finished, and after which id the walk goes on; null: it is through. */
export interface OpenJobs {
  readonly jobs: readonly Job[]
  readonly next: string | null
}

export interface JobStore {
  /**
   * Writes version 1, the job, and its first run if it has one. `overtaken`: the job is written, but others took it for left
   * behind and inserted its run, which is theirs to send; `present`: a job with this id is there, and nothing was
   * written; `key_taken`: the key is another job's. Mongo: insert the job with the version and the
   * first run inside, insert the run, take it out of the job.
   */
  insert(
    job: Job,
    version: JobVersion,
    firstRun: Run | null,
    told?: Told,
  ): Promise<'inserted' | 'overtaken' | 'present' | 'key_taken'>
  /** Also a deleted one. */
  get(id: string): Promise<Job | null>
  /** Jobs that are not deleted. Mongo: {domain, _id}, {domain, text, _id} and so on: an index for each sort. */
  list(query: JobQuery, page: JobPage): Promise<readonly Job[]>
  /** The ids of a page by creation. Mongo: as `list`, only {_id}. */
  ids(query: JobQuery, page: Page): Promise<readonly string[]>
  count(domain: string | null): Promise<number>
  /**
   * Compare-and-set of the whole job on `before.rev`; false: another was faster, or the key is another job's. The new
   * version is the winner's. Mongo: the present version is in the job itself, so it is upserted first, then
   * replaceOne by {_id, rev}; the newest version is read from the job until a later edit stores it apart.
   */
  replace(before: Job, after: Job, version: JobVersion | null, told?: Told): Promise<boolean>
  version(jobId: string, version: number): Promise<JobVersion | null>
  /** By number, newest first; `after` is one as text. Mongo: unique {job_id, version}, and the present one from the job. */
  versions(jobId: string, page: Page): Promise<readonly JobVersion[]>
  /** Jobs with `next_run_at` from `since` (if given) up to `until`, soonest first. Mongo: index {next_run_at}; null never matches. */
  due(until: Millis, limit: number, since?: Millis): Promise<readonly Job[]>
  /** The soonest `next_run_at` of all, or null. */
  nextDue(): Promise<Millis | null>
  /** The next planned jobs, soonest first. */
  upcoming(domain: string | null, limit: number): Promise<readonly Job[]>
  /** One compare-and-set each, on `before.rev`; the decisions that won. Mongo: unordered bulk of updateOne by {_id, rev}, read back by `due.run_id` or a mark. */
  decideTicks(decisions: readonly TickDecision[]): Promise<readonly TickDecision[]>
  /** Jobs that have a decided tick that is not finished: by id, a page at a time. Mongo: index {open} (1). */
  withDue(after: string | null, limit: number): Promise<OpenJobs>
  /** Jobs that have effects to do and no such tick, likewise. Mongo: index {open} (2). */
  withEffects(after: string | null, limit: number): Promise<OpenJobs>
  /**
   * Finishes decided ticks: the ledger's row, the run under its unique `tick_key`, then `due` cleared if it still is this
   * tick's, in this order; each is passed over when it is done. A tick that is not `due` any more is finished: its run may be
   * gone again, and is not made anew, however long whoever does it was stopped amid it. The ids of the runs that this call
   * inserted: only they stand as they were given. Mongo: insert the run as proposed, read `due`, let the run begin, upsert the
   * skip by _id, updateOne by {_id, due.tick} with rev + 1.
   */
  finishTicks(ticks: readonly { readonly job: Job; readonly run: Run | null }[]): Promise<readonly string[]>
  /**
   * The ledger of a job's ticks, by time; `after` is the place (`placeIn`) of the last row of the page before. A series of
   * skips is in a span that it reaches into. Mongo: runs by {job_id, schedule_tick} and, for `late`, by
   * {job_id, late, schedule_tick} (`late` as of `isLate`, written at the insert); skips by {job_id, outcome, from}; merged.
   */
  ledger(query: LedgerQuery, page: Page): Promise<readonly LedgerRow[]>
  /** Totals and the newest `recent` runs that started, of jobs. Adds the runs whose effect is still open. */
  figures(jobIds: readonly string[], recent: number): Promise<readonly JobFigures[]>
}

/** Ticks of a job: from `since` on, before `until`. */
export interface LedgerQuery {
  readonly job_id: string
  readonly since: Millis | null
  readonly until: Millis | null
  readonly outcome: TickOutcome | null
}
