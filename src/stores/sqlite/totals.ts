import type { Statement } from 'better-sqlite3'
import { listedTail } from '../../model/log.ts'
import type { Run } from '../../model/run.ts'
import { finalStatuses } from '../../model/run.ts'
import type { JobFigures } from '../../ports/store.ts'
import type { Db } from './database.ts'
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
  readonly #recent: Statement<[{ job: string; limit: number }], string>
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
    // The newest of each part, merged: all three are in the order of ids.
    const part = (index: string, where: string) =>
      `SELECT id FROM (SELECT id FROM runs INDEXED BY ${index} WHERE ${where} AND job_id = @job AND start_ts IS NOT NULL ORDER BY id DESC LIMIT @limit)`
    this.#recent = db
      .prepare<[{ job: string; limit: number }], string>(
        `SELECT doc FROM runs WHERE id IN (
           ${part('runs_live', 'live = 1')} UNION ${part('runs_open', 'open = 1')} UNION ${part('runs_of_job', 'settled = 1')}
         ) ORDER BY id DESC LIMIT @limit`,
      )
      .pluck()
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
    const unsettled = Map.groupBy(
      this.#unsettled.all().filter(({ status }) => finals.has(status)),
      (row) => row.job_id,
    )
    return jobIds.map((jobId) => {
      const sum = { ...(this.#settled.get(jobId) ?? { total: 0, success: 0, failed: 0 }) }
      for (const { status, count } of unsettled.get(jobId) ?? []) add(sum, status, count)
      let queued = 0
      for (const { status, count } of this.#live.all(jobId)) {
        sum.total += count
        if (status === 'pending' || status === 'dispatched') queued += count
      }
      const runs = this.#recent.all({ job: jobId, limit: recent }).map(readRun)
      return {
        job_id: jobId,
        ...sum,
        queued,
        recent: runs.map((run, at) => this.#outputs.withTail(run, at === 0 ? listedTail : 0)),
      }
    })
  }
}
