import type { LiveRuns } from '../model/overlap.ts'
import type { Run, RunChange, RunOutput, RunStatus } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Page } from './page.ts'
import type { Told } from './told.ts'

export interface RunQuery {
  readonly domain: string | null
  readonly job_id: string | null
  readonly status: readonly RunStatus[] | null
  readonly worker_id: string | null
  readonly user: string | null
  /** By `created_at`: from `since` on, before `until`. */
  readonly since: Millis | null
  readonly until: Millis | null
  /** Part of the job's name, or the beginning of the run's id. */
  readonly q: string | null
}

/** A run and its newest output. */
export interface StoredRun {
  readonly run: Run
  readonly output: RunOutput
}

export interface RunStore {
  /** Inserts; passes over one whose id or `tick_key` is there. The ids that were inserted. Mongo: unordered insertMany, unique {tick_key}. */
  insert(runs: readonly Run[]): Promise<readonly string[]>
  /** As `insert`, of one that somebody asked for; whether it was inserted. */
  insertOne(run: Run, told: Told): Promise<boolean>
  get(id: string): Promise<Run | null>
  byIds(ids: readonly string[]): Promise<readonly Run[]>
  withOutput(id: string): Promise<StoredRun | null>
  /** Of these runs, the newest that is a retry (`retry_of`) of each; those without one are left out. Mongo: {retry_of}, sparse. */
  retries(of: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** By id (they are time-ordered). `tail`: how many characters of output. Mongo: by `stage`, which tells where a run stands: {domain, stage, order}, {stage, job_id, order}. */
  list(query: RunQuery, page: Page, tail: number): Promise<readonly StoredRun[]>
  /** The ids of such a page. Mongo: as `list`, only {_id}. */
  ids(query: RunQuery, page: Page): Promise<readonly string[]>
  /** Order of writes (2): a compare-and-set each; who won, read back by grant. Mongo: unordered bulk of updateOne by {_id, rev}, then find by grant. */
  giveOut(changes: readonly RunChange[]): Promise<readonly RunChange[]>
  /**
   * A compare-and-set each, on `before.rev`; those that won. Mongo: unordered bulk of updateOne by {_id, token, rev}, each
   * setting a random mark of its own, then read back by mark: by `rev` alone two racing writers look the same.
   */
  move(changes: readonly RunChange[]): Promise<readonly RunChange[]>
  /** Pending and retrying runs without a hold, due at or before `until`, by id after `after`: the walk that rebuilds a queue. Mongo: {stage, order}. */
  waiting(until: Millis, after: string | null, limit: number): Promise<readonly Run[]>
  /** Retrying or pending runs without a hold, with `from` < `not_before` <= `to`. Mongo: {stage, session, not_before}. */
  comingDue(from: Millis, to: Millis, limit: number): Promise<readonly Run[]>
  /** The soonest `not_before` after `now` of what waits, or null. */
  nextDue(now: Millis): Promise<Millis | null>
  /** Dispatched and running runs of a session. Mongo: {stage, session}. */
  ofSession(session: string): Promise<readonly Run[]>
  /** The sessions that dispatched and running runs have. Mongo: distinct over {stage, session}. */
  outSessions(): Promise<readonly string[]>
  /** Of each job that has some, the runs that are not final: which is the oldest, and which one is held for an overlap. Mongo: {stage, job_id}. */
  liveOfJobs(jobIds: readonly string[]): Promise<ReadonlyMap<string, LiveRuns>>
  /** The runs of these jobs that are held. Mongo: {stage, job_id, order}. */
  heldOfJobs(jobIds: readonly string[]): Promise<readonly Run[]>
  /** All runs that are held, by job and id, after one of them. Mongo: {stage, job_id, order}. */
  held(after: Pick<Run, 'job_id' | '_id'> | null, limit: number): Promise<readonly Run[]>
  /** All live runs of a job, oldest first. */
  live(jobId: string, limit: number): Promise<readonly Run[]>
  /** Runs with effects to do, oldest first. Mongo: {stage, order}. */
  withEffects(limit: number): Promise<readonly Run[]>
  /**
   * Counts each final run once into its job's totals and into the figures of its domain and its job, and strikes the
   * effect off. Mongo: each of these documents keeps the ids that it counted and whose effect may still be open.
   */
  settle(runs: readonly Run[]): Promise<void>
  /** What is due and held by nothing, and waits for a worker: by domain, and since when. Mongo: a group over {stage, session, not_before}. */
  queues(now: Millis): Promise<readonly { readonly domain: string; readonly depth: number; readonly since: Millis }[]>
  /** Runs with the status pending. */
  countPending(domain: string | null): Promise<number>
}
