import type { Statement } from 'better-sqlite3'
import { documentReader } from '../../model/document.ts'
import { isLate } from '../../model/ledger.ts'
import type { Run, RunOutput, RunStatus } from '../../model/run.ts'
import { isFinal } from '../../model/run.ts'
import type { Db } from './database.ts'
import type { IdRanges } from './id-range.ts'
import { RowUpdates } from './row-updates.ts'
import type { Value } from './statements.ts'

export const readRun = documentReader<Run>(
  'run',
  (run) =>
    typeof run._id === 'string' &&
    typeof run.rev === 'number' &&
    typeof run.status === 'string' &&
    Array.isArray(run.attempts) &&
    Array.isArray(run.effects),
)

export const isWaiting = (run: { readonly status: RunStatus }): boolean =>
  run.status === 'pending' || run.status === 'retrying'

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

/** The columns that change in a run's life, in one order for names and values. */
const changing = [
  'status',
  'waiting',
  'live',
  'held',
  'not_before',
  'session',
  'worker_id',
  'start_ts',
  'unsuccessful',
  'open',
  'settled',
] as const

function valuesOf(run: Run): readonly Value[] {
  const final = isFinal(run)
  return [
    run.status,
    flag(isWaiting(run)),
    flag(!final),
    flag(run.hold !== null),
    run.not_before,
    run.session,
    run.worker_id,
    run.start_ts,
    flag(final && run.status !== 'success'),
    flag(run.effects.length > 0),
    flag(final && run.effects.length === 0),
  ]
}

/** Null for a run's own key: the primary key holds `run:<id>` unique already. */
const tickKeyOf = (run: Run): string | null => (run.tick_key === `run:${run._id}` ? null : run.tick_key)

/** Writes rows of `runs` and `run_output`. Every method is for use inside a queued write. */
export class RunRows {
  readonly #ids: IdRanges
  readonly #insert: Statement<Value[]>
  readonly #keep: Statement<[string, Buffer, Buffer]>
  readonly #forget: Statement<[string]>
  readonly #updates: RowUpdates

  constructor(db: Db, ids: IdRanges) {
    this.#ids = ids
    this.#updates = new RowUpdates(db, 'UPDATE runs', changing)
    this.#insert = db.prepare(
      `INSERT INTO runs (id, rev, domain, job_id, tick_key, job_name, user, created_at, late, retry_of, ${changing.join(', ')}, doc)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${changing.map(() => '?').join(', ')}, ?) ON CONFLICT DO NOTHING`,
    )
    this.#keep = db.prepare(
      `INSERT INTO run_output (run_id, stdout, stderr) VALUES (?, ?, ?)
       ON CONFLICT (run_id) DO UPDATE SET stdout = excluded.stdout, stderr = excluded.stderr`,
    )
    this.#forget = db.prepare('DELETE FROM run_output WHERE run_id = ?')
  }

  /** false: its id or its tick's key is there already. */
  insert(run: Run): boolean {
    const { _id, rev, domain, job_id, job_name, user, created_at, retry_of } = run
    const fixed = [_id, rev, domain, job_id, tickKeyOf(run), job_name, user, created_at, flag(isLate(run)), retry_of]
    this.#ids.note(_id, created_at)
    return this.#insert.run(...fixed, ...valuesOf(run), JSON.stringify(run)).changes === 1
  }

  /** Compare-and-set on `before.rev`; whether it won. */
  replace(before: Run, after: Run): boolean {
    return this.#updates.write([before, valuesOf(before)], [after, valuesOf(after)])
  }

  /** Keeps the newest output; most runs have none, and then none is stored. */
  keep(runId: string, output: RunOutput): void {
    if (output.stdout === '' && output.stderr === '') this.#forget.run(runId)
    else this.#keep.run(runId, Buffer.from(output.stdout), Buffer.from(output.stderr))
  }
}
