import type { Statement } from 'better-sqlite3'
import type { LiveRuns } from '../../model/overlap.ts'
import type { Run, RunChange } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { Page, RunQuery, RunStore, StoredRun, Told } from '../../ports/store.ts'
import type { AuditRows } from './audit-rows.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'
import type { Rollups } from './rollups.ts'
import type { RunLists } from './run-lists.ts'
import { RunOutputs } from './run-output.ts'
import { type RunRows, readRun } from './run-rows.ts'
import type { Totals } from './totals.ts'

interface Parts {
  readonly db: Db
  readonly commits: Commits
  readonly rows: RunRows
  readonly totals: Totals
  readonly rollups: Rollups
  readonly lists: RunLists
  readonly audit: AuditRows
}

interface QueueRow {
  readonly domain: string
  readonly depth: number
  readonly since: Millis
}

/** Runs in SQLite. A compare-and-set is an update guarded by `rev`; the count of changed rows says who won. */
export class SqliteRuns implements RunStore {
  readonly #commits: Commits
  readonly #rows: RunRows
  readonly #lists: RunLists
  readonly #audit: AuditRows
  readonly #outputs: RunOutputs
  readonly #totals: Totals
  readonly #rollups: Rollups
  readonly #reads: ReturnType<typeof reads>

  constructor({ db, commits, rows, totals, rollups, lists, audit }: Parts) {
    this.#commits = commits
    this.#rows = rows
    this.#totals = totals
    this.#rollups = rollups
    this.#lists = lists
    this.#audit = audit
    this.#outputs = new RunOutputs(db)
    this.#reads = reads(db)
  }

  insert(runs: readonly Run[]): Promise<readonly string[]> {
    return this.#commits.write(() => runs.filter((run) => this.#rows.insert(run)).map((run) => run._id))
  }

  insertOne(run: Run, told: Told): Promise<boolean> {
    return this.#commits.write(() => {
      const inserted = this.#rows.insert(run)
      if (inserted) this.#audit.put(told)
      return inserted
    })
  }

  async get(id: string): Promise<Run | null> {
    return this.#read(id)
  }

  async byIds(ids: readonly string[]): Promise<readonly Run[]> {
    return ids.map((id) => this.#read(id)).filter((run) => run !== null)
  }

  async withOutput(id: string): Promise<StoredRun | null> {
    const run = this.#read(id)
    return run === null ? null : { run, output: this.#outputs.whole(id) }
  }

  async retries(of: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(
      of.flatMap((id): [string, string][] => {
        const newest = this.#reads.newestRetry.get(id)
        return newest === undefined ? [] : [[id, newest]]
      }),
    )
  }

  async list(query: RunQuery, page: Page, tail: number): Promise<readonly StoredRun[]> {
    return this.#lists.page(query, page, (run) => this.#outputs.withTail(run, tail))
  }

  async ids(query: RunQuery, page: Page): Promise<readonly string[]> {
    return this.#lists.ids(query, page)
  }

  giveOut(changes: readonly RunChange[]): Promise<readonly RunChange[]> {
    return this.#commits.write(() => changes.filter((change) => this.#change(change) || this.#wonBefore(change)))
  }

  move(changes: readonly RunChange[]): Promise<readonly RunChange[]> {
    return this.#commits.write(() => changes.filter((change) => this.#change(change)))
  }

  async waiting(until: Millis, after: string | null, limit: number): Promise<readonly Run[]> {
    return this.#reads.waiting.all(after ?? '', until, limit).map(readRun)
  }

  async comingDue(from: Millis, to: Millis, limit: number): Promise<readonly Run[]> {
    return this.#reads.comingDue.all(from, to, limit).map(readRun)
  }

  async nextDue(now: Millis): Promise<Millis | null> {
    return this.#reads.nextDue.get(now) ?? null
  }

  async ofSession(session: string): Promise<readonly Run[]> {
    return this.#reads.ofSession.all(session).map(readRun)
  }

  async outSessions(): Promise<readonly string[]> {
    return this.#reads.outSessions.all()
  }

  async liveOfJobs(jobIds: readonly string[]): Promise<ReadonlyMap<string, LiveRuns>> {
    const found = new Map<string, LiveRuns>()
    for (const jobId of jobIds) {
      const oldest = this.#reads.oldestLive.get(jobId)
      if (oldest === undefined) continue
      const waiting = this.#heldOf(jobId).find((run) => run.hold?.kind === 'overlap')
      found.set(jobId, { oldest, waiting: waiting?._id ?? null })
    }
    return found
  }

  async heldOfJobs(jobIds: readonly string[]): Promise<readonly Run[]> {
    return jobIds.flatMap((jobId) => this.#heldOf(jobId))
  }

  #heldOf(jobId: string): readonly Run[] {
    return this.#reads.heldOf.all(jobId).map(readRun)
  }

  async held(after: Pick<Run, 'job_id' | '_id'> | null, limit: number): Promise<readonly Run[]> {
    return this.#reads.held.all(after?.job_id ?? '', after?._id ?? '', limit).map(readRun)
  }

  async live(jobId: string, limit: number): Promise<readonly Run[]> {
    return this.#reads.live.all(jobId, limit).map(readRun)
  }

  async withEffects(limit: number): Promise<readonly Run[]> {
    return this.#reads.withEffects.all(limit).map(readRun)
  }

  /** The totals, the figures and the run are one transaction: each final run counts once, however often this is asked. */
  settle(runs: readonly Run[]): Promise<void> {
    return this.#commits.write(() => {
      const settled = runs.filter((run) => {
        const effects = run.effects.filter((effect) => effect.kind !== 'totals')
        if (effects.length === run.effects.length) return false
        return this.#rows.replace(run, { ...run, effects, rev: run.rev + 1 })
      })
      this.#totals.count(settled)
      this.#rollups.count(settled)
    })
  }

  async queues(now: Millis): Promise<readonly QueueRow[]> {
    return this.#reads.queues.all(now)
  }

  async countPending(domain: string | null): Promise<number> {
    return (domain === null ? this.#reads.pending.get() : this.#reads.pendingOf.get(domain)) ?? 0
  }

  #read(id: string): Run | null {
    const doc = this.#reads.get.get(id)
    return doc === undefined ? null : readRun(doc)
  }

  #change({ before, after, output, told }: RunChange): boolean {
    if (!this.#rows.replace(before, after)) return false
    this.#audit.put(told)
    if (output !== null) this.#rows.keep(after._id, output)
    return true
  }

  /** A give-out whose answer was lost: its own grant stands in the run. */
  #wonBefore({ after }: RunChange): boolean {
    const stored = this.#read(after._id)
    return stored !== null && stored.grant !== null && stored.grant === after.grant
  }
}

/**
 * The statements that read. Each names its index: the file holds no statistics, so that plans do not change under a
 * running server, and without them SQLite cannot know that the partial indexes are small.
 */
function reads(db: Db) {
  const docs = <P extends unknown[]>(sql: string): Statement<P, string> => db.prepare<P, string>(sql).pluck()
  const count = <P extends unknown[]>(sql: string): Statement<P, number> => db.prepare<P, number>(sql).pluck()
  return {
    get: docs<[string]>('SELECT doc FROM runs WHERE id = ?'),
    newestRetry: docs<[string]>(
      'SELECT id FROM runs INDEXED BY runs_retries WHERE retry_of = ? ORDER BY id DESC LIMIT 1',
    ),
    waiting: docs<[string, number, number]>(
      `SELECT doc FROM runs INDEXED BY runs_waiting
       WHERE waiting = 1 AND id > ? AND held = 0 AND not_before <= ? ORDER BY id LIMIT ?`,
    ),
    comingDue: docs<[number, number, number]>(
      `SELECT doc FROM runs INDEXED BY runs_due
       WHERE waiting = 1 AND not_before > ? AND not_before <= ? AND held = 0 ORDER BY not_before LIMIT ?`,
    ),
    nextDue: count<[number]>(
      `SELECT not_before FROM runs INDEXED BY runs_due
       WHERE waiting = 1 AND not_before > ? AND held = 0 ORDER BY not_before LIMIT 1`,
    ),
    ofSession: docs<[string]>(
      `SELECT doc FROM runs INDEXED BY runs_of_session
       WHERE session = ? AND status IN ('dispatched', 'running') ORDER BY id`,
    ),
    outSessions: docs<[]>('SELECT DISTINCT session FROM runs INDEXED BY runs_of_session WHERE session IS NOT NULL'),
    oldestLive: docs<[string]>(
      'SELECT id FROM runs INDEXED BY runs_live WHERE job_id = ? AND live = 1 ORDER BY id LIMIT 1',
    ),
    live: docs<[string, number]>(
      'SELECT doc FROM runs INDEXED BY runs_live WHERE job_id = ? AND live = 1 ORDER BY id LIMIT ?',
    ),
    heldOf: docs<[string]>('SELECT doc FROM runs INDEXED BY runs_held WHERE job_id = ? AND held = 1 ORDER BY id'),
    held: docs<[string, string, number]>(
      'SELECT doc FROM runs INDEXED BY runs_held WHERE held = 1 AND (job_id, id) > (?, ?) ORDER BY job_id, id LIMIT ?',
    ),
    withEffects: docs<[number]>('SELECT doc FROM runs INDEXED BY runs_open WHERE open = 1 ORDER BY id LIMIT ?'),
    queues: db.prepare<[number], QueueRow>(
      `SELECT domain, count(*) AS depth, min(not_before) AS since FROM runs INDEXED BY runs_waiting
       WHERE waiting = 1 AND held = 0 AND not_before <= ? GROUP BY domain`,
    ),
    pending: count<[]>(`SELECT count(*) FROM runs INDEXED BY runs_waiting WHERE waiting = 1 AND status = 'pending'`),
    pendingOf: count<[string]>(
      `SELECT count(*) FROM runs INDEXED BY runs_waiting WHERE waiting = 1 AND status = 'pending' AND domain = ?`,
    ),
  }
}
