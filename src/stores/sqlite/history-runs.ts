import type { Statement } from 'better-sqlite3'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { Keeper, RunHistory } from '../../ports/history.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'
import type { IdRanges } from './id-range.ts'
import { LogRemoval } from './log-removal.ts'
import { readRun } from './run-rows.ts'
import { Statements, type Value } from './statements.ts'

interface Parts {
  readonly main: Db
  readonly commits: Commits
  readonly logs: Db
  readonly logCommits: Commits
  readonly ids: IdRanges
}

/** One removal of runs works for about so long, ms. */
const budget = 3

const ended = "json_extract(doc, '$.end_ts')"

/** Finds and removes settled runs. What is old is at the front of its domain's list, what is too much at that of its job's. */
export class SqliteRunHistory implements RunHistory {
  readonly #commits: Commits
  readonly #ids: IdRanges
  readonly #logs: LogRemoval
  readonly #found: Statements<{ readonly id: string }>
  readonly #sql: ReturnType<typeof statements>

  constructor({ main, commits, logs, logCommits, ids }: Parts) {
    this.#commits = commits
    this.#ids = ids
    this.#logs = new LogRemoval(logs, logCommits)
    this.#found = new Statements(main)
    this.#sql = statements(main)
  }

  async endedBefore(before: Millis | null, domain: string | null, limit: number): Promise<readonly string[]> {
    const found: string[] = []
    for (const one of domain === null ? this.#sql.domains.all() : [domain])
      if (found.length < limit) found.push(...this.#endedIn(one, before, limit - found.length))
    return found
  }

  /** A run that was long under way has an early place in the list, and stays until its end is long ago. */
  #endedIn(domain: string, before: Millis | null, limit: number): readonly string[] {
    const bound = this.#ids.madeBefore(before)
    const rules: string[] = []
    const values: Value[] = [domain]
    const rule = (sql: string, value: Value): void => {
      if (value === null) return
      rules.push(`AND ${sql} < ?`)
      values.push(value)
    }
    rule('id', bound)
    rule('created_at', before)
    rule(ended, before)
    const sql = `SELECT id FROM runs INDEXED BY runs_of_domain WHERE settled = 1 AND domain = ? ${rules.join(' ')} ORDER BY id LIMIT ?`
    return this.#found
      .get(sql)
      .all(...values, limit)
      .map(({ id }) => id)
  }

  async keeping(
    of: readonly string[] | { readonly after: string | null; readonly limit: number },
  ): Promise<readonly Keeper[]> {
    if ('after' in of) return this.#sql.keepers.all(of.after ?? '', of.limit)
    return of.flatMap((id) => this.#sql.keeper.get(id) ?? [])
  }

  async surplus({ job_id, keep }: Keeper, before: Millis, limit: number): Promise<readonly string[]> {
    const much = (this.#sql.kept.get(job_id) ?? 0) - keep
    return much <= 0 ? [] : this.#sql.oldestSettled.all(job_id, Math.min(much, limit), before)
  }

  async oldestOf(jobId: string): Promise<Run | null> {
    const { live, open, settled } = this.#sql.oldest
    const [first] = [live, open, settled].flatMap((oldest) => oldest.get(jobId) ?? []).sort()
    const doc = first === undefined ? undefined : this.#sql.doc.get(first)
    return doc === undefined ? null : readRun(doc)
  }

  /** Runs of many jobs lie on many pages, and cold ones take their time: it is measured, and the rest left for another step. */
  remove(ids: readonly string[]): Promise<number> {
    return this.#commits.write(() => {
      const until = performance.now() + budget
      let removed = 0
      for (const id of ids) {
        if (this.#sql.remove.run(id).changes === 1) {
          this.#sql.removeOutput.run(id)
          removed += 1
        }
        if (performance.now() > until) break
      }
      return removed
    })
  }

  removeLogs(ids: readonly string[], bytes: number): Promise<readonly string[]> {
    return this.#logs.remove(ids, bytes)
  }

  async unanswered(limit: number): Promise<readonly string[]> {
    return this.#sql.unanswered.all(limit)
  }
}

function statements(db: Db) {
  const text = <P extends unknown[]>(sql: string): Statement<P, string> => db.prepare<P, string>(sql).pluck()
  const oldest = (part: string) =>
    text<[string]>(`SELECT id FROM runs INDEXED BY ${part} AND job_id = ? ORDER BY id LIMIT 1`)
  return {
    domains: text<[]>('SELECT domain FROM domain_counts WHERE settled > 0 ORDER BY domain'),
    keepers: db.prepare<[string, number], Keeper>(
      `SELECT id AS job_id, keep_runs AS keep FROM jobs INDEXED BY jobs_keeping
       WHERE keep_runs IS NOT NULL AND id > ? ORDER BY id LIMIT ?`,
    ),
    keeper: db.prepare<[string], Keeper>(
      'SELECT id AS job_id, keep_runs AS keep FROM jobs INDEXED BY jobs_keeping WHERE keep_runs IS NOT NULL AND id = ?',
    ),
    kept: db.prepare<[string], number>('SELECT kept FROM job_totals WHERE job_id = ?').pluck(),
    oldestSettled: text<[string, number, number]>(
      `SELECT id FROM (SELECT id, doc FROM runs INDEXED BY runs_of_job WHERE settled = 1 AND job_id = ? ORDER BY id LIMIT ?)
       WHERE ${ended} < ?`,
    ),
    oldest: {
      live: oldest('runs_live WHERE live = 1'),
      open: oldest('runs_open WHERE open = 1'),
      settled: oldest('runs_of_job WHERE settled = 1'),
    },
    doc: text<[string]>('SELECT doc FROM runs WHERE id = ?'),
    remove: db.prepare<[string]>('DELETE FROM runs WHERE id = ? AND settled = 1'),
    removeOutput: db.prepare<[string]>('DELETE FROM run_output WHERE run_id = ?'),
    unanswered: text<[number]>(
      'SELECT run_id FROM requests INDEXED BY requests_open WHERE status IS NULL ORDER BY created_at LIMIT ?',
    ),
  }
}
