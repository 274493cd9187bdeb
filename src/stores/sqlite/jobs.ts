import type { Job, JobVersion } from '../../model/job.ts'
import type { LedgerRow } from '../../model/ledger.ts'
import type { Run } from '../../model/run.ts'
import type { TickDecision } from '../../model/ticks.ts'
import type { Millis } from '../../model/time.ts'
import type { JobFigures, JobPage, JobQuery, JobStore, LedgerQuery, OpenJobs, Page, Told } from '../../ports/store.ts'
import type { AuditRows } from './audit-rows.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'
import { JobLists } from './job-lists.ts'
import { type Inserted, JobRows, readDefinition, readJob } from './job-rows.ts'
import { Ledger } from './ledger.ts'
import type { RunRows } from './run-rows.ts'
import type { Totals } from './totals.ts'

interface JobParts {
  readonly runs: RunRows
  readonly totals: Totals
  readonly audit: AuditRows
}

/** Jobs, their versions and the ledger of ticks in SQLite. */
export class SqliteJobs implements JobStore {
  readonly #commits: Commits
  readonly #rows: JobRows
  readonly #runs: RunRows
  readonly #totals: Totals
  readonly #lists: JobLists
  readonly #ledger: Ledger
  readonly #audit: AuditRows
  readonly #reads: ReturnType<typeof reads>

  constructor(db: Db, commits: Commits, { runs, totals, audit }: JobParts) {
    this.#commits = commits
    this.#rows = new JobRows(db)
    this.#runs = runs
    this.#totals = totals
    this.#audit = audit
    this.#lists = new JobLists(db)
    this.#ledger = new Ledger(db)
    this.#reads = reads(db)
  }

  insert(job: Job, version: JobVersion, firstRun: Run | null, told: Told = null): Promise<Inserted> {
    return this.#commits.write(() => {
      const outcome = this.#rows.insert(job)
      if (outcome !== 'inserted') return outcome
      this.#rows.insertVersion(version)
      if (firstRun !== null) this.#runs.insert(firstRun)
      this.#audit.put(told)
      return outcome
    })
  }

  async get(id: string): Promise<Job | null> {
    const doc = this.#reads.get.get(id)
    return doc === undefined ? null : readJob(doc)
  }

  async list(query: JobQuery, page: JobPage): Promise<readonly Job[]> {
    return this.#lists.page(query, page)
  }

  async ids(query: JobQuery, page: Page): Promise<readonly string[]> {
    return this.#lists.ids(query, page)
  }

  async count(domain: string | null): Promise<number> {
    return (domain === null ? this.#reads.count.get() : this.#reads.countOf.get(domain)) ?? 0
  }

  /** The version is written by the winner alone: the loser's, of the same number, is another definition. */
  replace(before: Job, after: Job, version: JobVersion | null, told: Told = null): Promise<boolean> {
    return this.#commits.write(() => {
      if (!this.#rows.replace(before, after)) return false
      if (version !== null) this.#rows.insertVersion(version)
      this.#audit.put(told)
      return true
    })
  }

  async version(jobId: string, version: number): Promise<JobVersion | null> {
    const row = this.#reads.version.get(jobId, version)
    return row === undefined ? null : versionOf(row)
  }

  async versions(jobId: string, { after, limit, oldestFirst }: Page): Promise<readonly JobVersion[]> {
    const rows = oldestFirst
      ? this.#reads.versionsAfter.all(jobId, Number(after ?? 0), limit)
      : this.#reads.versionsBefore.all(jobId, Number(after ?? Number.MAX_SAFE_INTEGER), limit)
    return rows.map(versionOf)
  }

  async due(until: Millis, limit: number, since: Millis = 0): Promise<readonly Job[]> {
    return this.#reads.due.all(since, until, limit).map(readJob)
  }

  async nextDue(): Promise<Millis | null> {
    return this.#reads.nextDue.get() ?? null
  }

  async upcoming(domain: string | null, limit: number): Promise<readonly Job[]> {
    const docs = domain === null ? this.#reads.upcoming.all(limit) : this.#reads.upcomingOf.all(domain, limit)
    return docs.map(readJob)
  }

  decideTicks(decisions: readonly TickDecision[]): Promise<readonly TickDecision[]> {
    return this.#commits.write(() => decisions.filter(({ before, after }) => this.#rows.replace(before, after)))
  }

  async withDue(after: string | null, limit: number): Promise<OpenJobs> {
    return pageOf(this.#reads.withDue.all(after ?? '', limit), limit)
  }

  async withEffects(after: string | null, limit: number): Promise<OpenJobs> {
    return pageOf(this.#reads.withEffects.all(after ?? '', limit), limit)
  }

  finishTicks(ticks: readonly { readonly job: Job; readonly run: Run | null }[]): Promise<readonly string[]> {
    return this.#commits.write(() => {
      const inserted: string[] = []
      for (const { job, run } of ticks) {
        if (!this.#clearDue(job)) continue
        if (job.due?.skip) this.#rows.putSkip(job.due.skip)
        if (run !== null && this.#runs.insert(run)) inserted.push(run._id)
      }
      return inserted
    })
  }

  /**
   * Strikes off the tick that was decided, also where the job was edited since; another tick's `due` stays. Whether it stood:
   * where it did not, all was written, and a run that was removed since must not be made again.
   */
  #clearDue(job: Job): boolean {
    if (job.due === null) return false
    if (this.#rows.replace(job, { ...job, due: null, rev: job.rev + 1 })) return true
    const doc = this.#reads.get.get(job._id)
    const stored = doc === undefined ? null : readJob(doc)
    if (stored?.due?.tick !== job.due.tick) return false
    return this.#rows.replace(stored, { ...stored, due: null, rev: stored.rev + 1 })
  }

  async ledger(query: LedgerQuery, page: Page): Promise<readonly LedgerRow[]> {
    return this.#ledger.page(query, page)
  }

  async figures(jobIds: readonly string[], recent: number): Promise<readonly JobFigures[]> {
    return this.#totals.figures(jobIds, recent)
  }
}

function pageOf(docs: readonly string[], limit: number): OpenJobs {
  const jobs = docs.map(readJob)
  return { jobs, next: jobs.length < limit ? null : (jobs.at(-1)?._id ?? null) }
}

interface VersionRow {
  readonly job_id: string
  readonly version: number
  readonly created_at: Millis
  readonly actor: string | null
  readonly definition: string
}

const versionOf = (row: VersionRow): JobVersion => ({ ...row, definition: readDefinition(row.definition) })

function reads(db: Db) {
  const versions = 'SELECT job_id, version, created_at, actor, definition FROM job_versions WHERE job_id = ?'
  const planned = 'FROM jobs INDEXED BY jobs_planned WHERE next_run_at IS NOT NULL'
  return {
    get: db.prepare<[string], string>('SELECT doc FROM jobs WHERE id = ?').pluck(),
    count: db.prepare<[], number>('SELECT count(*) FROM jobs INDEXED BY jobs_of_domain WHERE deleted = 0').pluck(),
    countOf: db
      .prepare<[string], number>('SELECT count(*) FROM jobs INDEXED BY jobs_of_domain WHERE domain = ? AND deleted = 0')
      .pluck(),
    version: db.prepare<[string, number], VersionRow>(`${versions} AND version = ?`),
    versionsAfter: db.prepare<[string, number, number], VersionRow>(
      `${versions} AND version > ? ORDER BY version LIMIT ?`,
    ),
    versionsBefore: db.prepare<[string, number, number], VersionRow>(
      `${versions} AND version < ? ORDER BY version DESC LIMIT ?`,
    ),
    due: db
      .prepare<[number, number, number], string>(
        `SELECT doc ${planned} AND next_run_at BETWEEN ? AND ? ORDER BY next_run_at, id LIMIT ?`,
      )
      .pluck(),
    nextDue: db.prepare<[], number>(`SELECT next_run_at ${planned} ORDER BY next_run_at LIMIT 1`).pluck(),
    upcoming: db.prepare<[number], string>(`SELECT doc ${planned} ORDER BY next_run_at, id LIMIT ?`).pluck(),
    upcomingOf: db
      .prepare<[string, number], string>(`SELECT doc ${planned} AND domain = ? ORDER BY next_run_at, id LIMIT ?`)
      .pluck(),
    withDue: db
      .prepare<[string, number], string>(
        'SELECT doc FROM jobs INDEXED BY jobs_open WHERE open = 1 AND id > ? ORDER BY id LIMIT ?',
      )
      .pluck(),
    withEffects: db
      .prepare<[string, number], string>(
        'SELECT doc FROM jobs INDEXED BY jobs_ending WHERE open = 2 AND id > ? ORDER BY id LIMIT ?',
      )
      .pluck(),
  }
}
