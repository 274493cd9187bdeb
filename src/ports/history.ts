import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'

/**
 * How history is bounded: what housekeeping finds and removes, a little at a time. Every removal may be repeated, also by
 * several schedulers at once. Nothing here touches a run that is live or that something still follows.
 */
export interface HistoryStore {
  readonly runs: RunHistory
  readonly jobs: JobHistory
  readonly domains: DomainHistory
  /** Gives a little of the space that was freed back to the system; whether there is more. Mongo: has nothing to do. */
  compact(): Promise<boolean>
}

/** A settled run is final, and nothing is left that follows it. */
export interface RunHistory {
  /**
   * Settled runs that ended before (null: at any time), in a domain or in all, the oldest of each domain first. Mongo:
   * {domain, stage, order}.
   */
  endedBefore(before: Millis | null, domain: string | null, limit: number): Promise<readonly string[]>
  /**
   * Of these jobs, or of all (by id after `after`), those that keep a number of runs; also deleted ones. Mongo: index
   * {keeps, _id}.
   */
  keeping(of: readonly string[] | { readonly after: string | null; readonly limit: number }): Promise<readonly Keeper[]>
  /**
   * What a job has beyond its newest `keep` settled runs, the oldest first; of at most `limit` of them those that ended
   * before. Mongo: {stage, job_id, order}, passing over `keep` from the newest.
   */
  surplus(keeper: Keeper, before: Millis, limit: number): Promise<readonly string[]>
  /** The oldest run of a job by id, in whatever state. Mongo: {stage, job_id, order}. */
  oldestOf(jobId: string): Promise<Run | null>
  /**
   * Removes settled runs and their output, in order, as many as hold nobody up; others stay. How many. Totals and figures
   * keep what they counted. SQLite: for 3 ms, since all other writes wait for this one. Mongo: of those that are settled
   * deleteMany outputs by {run_id}, then the runs.
   */
  remove(ids: readonly string[]): Promise<number>
  /**
   * Removes what is in the logs of these runs, one after the other, until about `bytes` are removed; the runs that have
   * nothing left. Mongo: sizes by {run_id}, then deleteMany by _id.
   */
  removeLogs(ids: readonly string[], bytes: number): Promise<readonly string[]>
  /** The run ids of requests under an Idempotency-Key that are under way or were cut off, oldest first. Mongo: {answered, created_at}. */
  unanswered(limit: number): Promise<readonly string[]>
}

/** A job that keeps its newest runs, and how many. */
export interface Keeper {
  readonly job_id: string
  readonly keep: number
}

/** What is left of jobs: of deleted ones all, of the others old versions and old rows of the ledger. */
export interface JobHistory {
  /** Removes rows of the ledger whose last tick is before, at most `limit`; how many. Mongo: index {to}. */
  expireSkips(before: Millis, limit: number): Promise<number>
  /** Deleted jobs by domain and id. Mongo: {deleted, domain, _id}. */
  deleted(query: DeletedJobs): Promise<readonly DeletedJob[]>
  /**
   * Removes what is left of a deleted job that has no runs, about `limit` documents at a time; whether all is gone. A job
   * that is not deleted stays as it is. Mongo: its skips, figures, versions and totals, then the job: it is found until then.
   */
  forget(job: JobPlace, limit: number): Promise<boolean>
  /**
   * Looks at `limit` versions from a place on: those that were replaced, and where to go on (null: that was the end). Mongo:
   * {job_id, version}; when a job's newest stored one was replaced, the job itself says.
   */
  replacedVersions(
    after: VersionPlace | null,
    limit: number,
  ): Promise<{ readonly replaced: readonly ReplacedVersion[]; readonly next: VersionPlace | null }>
  /** Removes a job's versions up to and with a number, but never its present one. Mongo: deleteMany by {job_id, version}. */
  forgetVersions(jobId: string, upTo: number): Promise<void>
}

/** Which deleted jobs: in a domain or in all, deleted before, from a place on. */
export interface DeletedJobs {
  readonly domain: string | null
  readonly before: Millis
  readonly after: JobPlace | null
  readonly limit: number
}

/** A place in a walk over jobs: by domain, then id. */
export interface JobPlace {
  readonly domain: string
  readonly _id: string
}

/** `isOpen`: something still follows its deletion, or its last tick. */
export interface DeletedJob extends JobPlace {
  readonly isOpen: boolean
}

/** A place in a walk over versions: by job, then number. */
export interface VersionPlace {
  readonly job_id: string
  readonly version: number
}

/** A version that another took the place of, and when. */
export interface ReplacedVersion extends VersionPlace {
  readonly replaced_at: Millis
}

/** Domains that were removed: each stands here, and its name is taken, until all that was in it is gone. */
export interface DomainHistory {
  /** The first removed first. Mongo: index {removed_at}. */
  removed(): Promise<readonly RemovedDomain[]>
  /**
   * Removes a domain's own figures, records of workers, sessions, and a token that was made while it was removed; about
   * `limit` documents at a time; whether all are gone. Mongo: deleteMany by {domain}.
   */
  empty(domain: string, limit: number): Promise<boolean>
  /** Gives the name of a removed domain free. Mongo: deleteOne {domain, removed_at: {$gt: 0}}. */
  forget(domain: string): Promise<void>
}

export interface RemovedDomain {
  readonly domain: string
  readonly removed_at: Millis
}
