import type { AuditEntry } from '../model/audit.ts'
import type { Domain, Token } from '../model/domain.ts'
import type { Buckets, Summary } from '../model/figures.ts'
import type { Job, JobVersion } from '../model/job.ts'
import type { JobSort, SortValue } from '../model/job-order.ts'
import type { LedgerRow, TickOutcome } from '../model/ledger.ts'
import type { LiveRuns } from '../model/overlap.ts'
import type { Run, RunChange, RunOutput, RunStatus } from '../model/run.ts'
import type { Session, WorkerRecord, WorkerState } from '../model/session.ts'
import type { TickDecision } from '../model/ticks.ts'
import type { Millis } from '../model/time.ts'
import type { HistoryStore } from './history.ts'
import type { LogStore } from './log-store.ts'

export type { LogStore } from './log-store.ts'

/**
 * The truth. Every write changes one document atomically, or is a batch of such; it is durable when its promise
 * resolves. A compare-and-set is guarded by `rev` as it was read, and answers who won. No method relies on a
 * transaction over several documents, and each says below how MongoDB serves it: which single-document writes in which
 * order, by which index.
 */
export interface Store {
  readonly domains: DomainStore
  readonly jobs: JobStore
  readonly runs: RunStore
  readonly figures: FigureStore
  readonly logs: LogStore
  readonly workers: WorkerStore
  readonly requests: RequestStore
  readonly history: HistoryStore
  readonly audit: AuditStore
  /** The store's own clock, ms: the control plane's time. */
  now(): Promise<Millis>
  /** Resolves when it can be read and written; rejects with a sentence. */
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * What a change is told as in the audit, given to the write that is the change: a change never stands without its entry for
 * long, nor does an entry stand of what lost. SQLite: both in one transaction. Mongo: the entry rides in the changed document,
 * pushed to its `audit` by the same update, where no later write may replace it; then it is upserted into the collection `audit`
 * by _id, and pulled. What a crash left is finished by `settle`. Before a deletion the entry is upserted, for there is no
 * document left that it could ride in; and removed where the deletion found nothing.
 */
export type Told = AuditEntry | null

/** A page of a list: newest first unless `oldestFirst`. `after` is the last id of the page before. */
export interface Page {
  readonly limit: number
  readonly after: string | null
  readonly oldestFirst: boolean
}

export interface DomainStore {
  /** false when the name is taken. Mongo: insertOne, unique {domain}. */
  insert(domain: Domain, told?: Told): Promise<boolean>
  /** The domain as changed, or null where there is none. Mongo: findOneAndUpdate by {domain}. */
  change(
    name: string,
    change: { display_name?: string | null; description?: string | null },
    told?: Told,
  ): Promise<Domain | null>
  get(name: string): Promise<Domain | null>
  all(): Promise<readonly Domain[]>
  /**
   * Removes the domain and its tokens; the name stays taken until the history is forgotten, also where there was no such
   * domain. Mongo: updateOne {domain} with `removed_at`, upsert, which reads pass over, then deleteMany tokens: one without
   * its domain is refused.
   */
  remove(name: string, now: Millis, told?: Told): Promise<void>
  /** Per domain: jobs that are not deleted, runs, live runs. Mongo: counts on {domain} indexes. */
  counts(name: string): Promise<{ jobs: number; runs: number; live: number }>
  /** Mongo: findOne by unique {hash}. */
  tokenByHash(hash: string): Promise<Token | null>
  tokens(domain: string): Promise<readonly Token[]>
  /** Stores a new token. Mongo: insertOne; unique {domain, name}, unique {hash}. */
  insertToken(token: Token, told?: Told): Promise<'inserted' | 'name_taken' | 'hash_taken'>
  /**
   * Compare-and-set of a token on its name and hash as they were read; false: another was faster, or the new name or hash
   * is another token's. Mongo: updateOne by {_id, name, hash}; a duplicate key is a false.
   */
  replaceToken(before: Token, after: Token, told?: Told): Promise<boolean>
  /** Notes when a token was last used, never to an earlier time. Mongo: updateOne by {_id}, $max. */
  usedToken(id: string, at: Millis): Promise<void>
  /** The token that was ended, or null. Mongo: findOneAndDelete by {_id, domain}. */
  endToken(domain: string, id: string, told?: Told): Promise<Token | null>
}

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
   * Writes version 1, the job, and its first run if it has one. `present`: a job with this id is there, and nothing was
   * written; `key_taken`: the key is another job's. Mongo: insert the job with the version and the
   * first run inside, insert the run, take it out of the job.
   */
  insert(
    job: Job,
    version: JobVersion,
    firstRun: Run | null,
    told?: Told,
  ): Promise<'inserted' | 'present' | 'key_taken'>
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
   * gone again, and is not made anew. The ids of the runs that this call inserted: only they stand as they were given. Mongo:
   * read `due`, upsert the skip by _id, insert the run, updateOne by {_id, due.tick} with rev + 1.
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

export interface StatsQuery {
  readonly domain: string | null
  readonly job_id: string | null
  readonly buckets: Buckets
}

/** Roll-ups of ended runs by time, kept by the minute and by the hour. Mongo: one document for each series and hour, with its minutes inside. */
export interface FigureStore {
  /**
   * The figures of each bucket, in order; with the runs that ended and whose effect is still open. Mongo: a range of
   * the series, and runs by {stage, order}.
   */
  stats(query: StatsQuery): Promise<readonly Summary[]>
  /** Recounts hours that are over, once each and a few at a time, and mends what fell short; whether there are more. */
  mend(now: Millis): Promise<boolean>
  /** Drops what is kept by the minute and older, a little at a time. Hours stay. */
  forget(before: Millis): Promise<void>
}

export interface WorkerStore {
  /** The worker's record, made with `first` where there is none. Mongo: findOneAndUpdate upsert with $setOnInsert, unique {domain, worker_id}. */
  record(domain: string, workerId: string, first: WorkerState, now: Millis): Promise<WorkerRecord>
  records(domain: string | null): Promise<readonly WorkerRecord[]>
  /** The record as changed, or null where there is none. */
  setState(domain: string, workerId: string, state: WorkerState, now: Millis, told?: Told): Promise<WorkerRecord | null>
  insertSession(session: Session): Promise<void>
  session(id: string): Promise<Session | null>
  /** Sessions that are neither lost nor ended. Mongo: index {state}. */
  liveSessions(): Promise<readonly Session[]>
  /** Sessions that were lost at or after `since`, newest first. Mongo: index {state, ended_at}. */
  lostSessions(since: Millis): Promise<readonly Session[]>
  /** Removes sessions that were over before; how many, at most `limit`. Mongo: the same index. */
  forgetSessions(before: Millis, limit: number): Promise<number>
  /** Compare-and-set on `before.rev`; whether it won. */
  changeSession(before: Session, after: Session): Promise<boolean>
}

/** An Idempotency-Key's record: written before anything it names is made. */
export interface RequestRecord {
  /** A hash of domain, token, route and key. */
  readonly _id: string
  readonly body_hash: string
  /** The ids that the request makes. */
  readonly ids: { readonly job_id: string; readonly run_id: string }
  /** What was answered, or null while it is under way or a crash cut it off. */
  readonly answer: { readonly status: number; readonly body: string } | null
  readonly created_at: Millis
}

export interface RequestStore {
  /** The record that stands: the given one, or an earlier one with its id. Mongo: insertOne, else findOne. */
  begin(record: RequestRecord): Promise<RequestRecord>
  finish(id: string, answer: { readonly status: number; readonly body: string }): Promise<void>
  /** Forgets a record without an answer: the request made nothing. Mongo: deleteOne by {_id, answer: null}. */
  drop(id: string): Promise<void>
  /** Removes what is older; how many. Batches of at most `limit`. */
  expire(before: Millis, limit: number): Promise<number>
}

/** What is asked of the audit; null: not narrowed by it. */
export interface AuditQuery {
  readonly domain: string | null
  readonly actor: string | null
  readonly object: string | null
  /** From here on. */
  readonly since: Millis | null
}

/**
 * What was done. Entries come with the writes that they tell of (see `Told`), and nobody changes one. The time in an entry's id
 * is its own, within an hour.
 */
export interface AuditStore {
  /** By id (they are time-ordered). Mongo: {_id}, {domain, _id}, {domain, actor, _id}, {object, _id}. */
  list(query: AuditQuery, page: Page): Promise<readonly AuditEntry[]>
  /** Removes what is older, oldest first; how many. Batches of at most `limit`. */
  expire(before: Millis, limit: number): Promise<number>
  /** Lists entries that a crash left in the documents that they tell of; how many. Mongo: sparse index {audit._id} of each collection. */
  settle(limit: number): Promise<number>
}
