import type { Statement } from 'better-sqlite3'
import { listedTail } from '../../model/log.ts'
import type { Run } from '../../model/run.ts'
import { finalStatuses } from '../../model/run.ts'
import type { JobFigures } from '../../ports/store.ts'
import type { Db } from './database.ts'
import { KeptFigures } from './kept-figures.ts'
import { KeptRuns } from './kept-runs.ts'
import { RunOutputs } from './run-output.ts'
import { readRun } from './run-rows.ts'

interface Counts {
  total: number
  success: number
  failed: number
}

interface StatusCount {
  readonly job_id: string
  readonly status: string
  readonly count: number
}

const finals: ReadonlySet<string> = new Set(finalStatuses)

/** failed = failed + timed_out; a cancelled run counts in the total alone. Source: the wire contract, `/overview/jobs`. */
function add(sum: Counts, status: string, count: number): void {
  sum.total += count
  if (status === 'success') sum.success += count
  if (status === 'failed' || status === 'timed_out') sum.failed += count
}

/** A job's totals: a roll-up of its settled runs, and beside it the runs that are not settled yet. */
export class Totals {
  readonly #add: Statement<[string, number, number, number]>
  readonly #settled: Statement<[string], Counts>
  readonly #unsettled: Statement<[], StatusCount>
  readonly #live: Statement<[string], StatusCount>
  readonly #recent: Readonly<Record<'live' | 'open' | 'settled', Statement<[string, number], string>>>
  readonly #kept: KeptRuns
  readonly #figures: KeptFigures
  readonly #outputs: RunOutputs

  constructor(db: Db) {
    this.#outputs = new RunOutputs(db)
    this.#add = db.prepare(
      `INSERT INTO job_totals (job_id, total, success, failed) VALUES (?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET
       total = total + excluded.total, success = success + excluded.success, failed = failed + excluded.failed`,
    )
    this.#settled = db.prepare('SELECT total, success, failed FROM job_totals WHERE job_id = ?')
    this.#unsettled = db.prepare(
      `SELECT job_id, status, count(*) AS count FROM runs INDEXED BY runs_open WHERE open = 1 GROUP BY job_id, status`,
    )
    this.#live = db.prepare(
      `SELECT job_id, status, count(*) AS count FROM runs INDEXED BY runs_live WHERE job_id = ? AND live = 1 GROUP BY status`,
    )
    const started = (index: string, where: string) =>
      `FROM runs INDEXED BY ${index} WHERE ${where} AND job_id = ? AND start_ts IS NOT NULL ORDER BY id DESC LIMIT ?`
    this.#recent = {
      live: db.prepare<[string, number], string>(`SELECT doc ${started('runs_live', 'live = 1')}`).pluck(),
      open: db.prepare<[string, number], string>(`SELECT doc ${started('runs_open', 'open = 1')}`).pluck(),
      settled: db.prepare<[string, number], string>(`SELECT id ${started('runs_of_job', 'settled = 1')}`).pluck(),
    }
    this.#kept = new KeptRuns(db)
    this.#figures = new KeptFigures(db)
  }

  /** Adds final runs to their jobs' totals; for use inside a queued write. */
  count(runs: readonly Run[]): void {
    const sums = new Map<string, Counts>()
    for (const run of runs) {
      const sum = sums.get(run.job_id) ?? { total: 0, success: 0, failed: 0 }
      add(sum, run.status, 1)
      sums.set(run.job_id, sum)
    }
    for (const [jobId, { total, success, failed }] of sums) this.#add.run(jobId, total, success, failed)
  }

  /** The newest of `recent` comes with the end of its output; the others without, for nothing shows theirs. */
  figures(jobIds: readonly string[], recent: number): readonly JobFigures[] {
    let unsettled: ReadonlyMap<string, readonly StatusCount[]> | null = null
    return jobIds.map((jobId) =>
      this.#figures.of(jobId, recent, () => {
        unsettled ??= this.#unsettledByJob()
        return this.#read(jobId, unsettled.get(jobId) ?? [], recent)
      }),
    )
  }

  #unsettledByJob(): ReadonlyMap<string, readonly StatusCount[]> {
    return Map.groupBy(
      this.#unsettled.all().filter(({ status }) => finals.has(status)),
      (row) => row.job_id,
    )
  }

  #read(jobId: string, open: readonly StatusCount[], recent: number): JobFigures {
    const sum = { ...(this.#settled.get(jobId) ?? { total: 0, success: 0, failed: 0 }) }
    for (const { status, count } of open) add(sum, status, count)
    let queued = 0
    const live = this.#live.all(jobId)
    for (const { status, count } of live) {
      sum.total += count
      if (status === 'pending' || status === 'dispatched') queued += count
    }
    const runs = this.#newest(jobId, { live: live.length > 0, open: open.length > 0 }, recent)
    return {
      job_id: jobId,
      ...sum,
      queued,
      recent: runs.map((run, at) => this.#outputs.withTail(run, at === 0 ? listedTail : 0)),
    }
  }

  /** The newest that started, of the parts that a job has runs in. */
  #newest(jobId: string, has: { readonly live: boolean; readonly open: boolean }, limit: number): readonly Run[] {
    const { live, open, settled } = this.#recent
    const found = settled.all(jobId, limit).flatMap((id) => this.#kept.get(id) ?? [])
    if (!has.live && !has.open) return found
    if (has.live) found.push(...live.all(jobId, limit).map(readRun))
    if (has.open) found.push(...open.all(jobId, limit).map(readRun))
    return found.sort((one, other) => (one._id < other._id ? 1 : -1)).slice(0, limit)
  }
}
