import type { AuditEntry } from '../model/audit.ts'
import type { Domain, Token } from '../model/domain.ts'
import type { Buckets, Summary } from '../model/figures.ts'
import type { HostSample } from '../model/host-load.ts'
import type { Session, WorkerRecord, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { HistoryStore } from './history.ts'
import type { JobStore } from './job-store.ts'
import type { LogStore } from './log-store.ts'
import type { Page } from './page.ts'
import type { RunStore } from './run-store.ts'
import type { Told } from './told.ts'

export type { JobFigures, JobPage, JobQuery, JobStore, LedgerQuery, OpenJobs } from './job-store.ts'
export type { LogStore } from './log-store.ts'
export type { Page } from './page.ts'
export type { RunQuery, RunStore, StoredRun } from './run-store.ts'
export type { Told } from './told.ts'

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
  /**
   * Keeps a sample of a worker's machine: of each minute of an hour the newest. Nothing waits for it, and one that is lost is
   * missed by nobody. Mongo: updateOne by _id, upsert, $set of one place.
   */
  keepSample(domain: string, workerId: string, sample: HostSample): Promise<void>
  /** A worker's samples of the last hour, the oldest first. Mongo: findOne by _id. */
  samples(domain: string, workerId: string, now: Millis): Promise<readonly HostSample[]>
  /** Removes those of workers that told none since; of how many, at most `limit`. Mongo: index {updated_at}. */
  forgetSamples(before: Millis, limit: number): Promise<number>
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
