import type { Statement } from 'better-sqlite3'
import { documentReader } from '../../model/document.ts'
import { type Job, type JobDefinition, type JobVersion, openOf } from '../../model/job.ts'
import { searchText } from '../../model/job-order.ts'
import type { Skip } from '../../model/skip.ts'
import type { Db } from './database.ts'
import { RowUpdates } from './row-updates.ts'
import type { Value } from './statements.ts'

export const readJob = documentReader<Job>(
  'job',
  (job) => typeof job._id === 'string' && typeof job.rev === 'number' && Array.isArray(job.schedules),
)

export const readDefinition = documentReader<JobDefinition>(
  'definition',
  (definition) => typeof definition.name === 'string' && typeof definition.executor === 'object',
)

/** Present in every document, so that an index over all of them can be unique: a deleted job gives its key back. */
const keyUnique = (job: Job): string =>
  job.key === null || job.deleted_at !== null ? `id:${job._id}` : `key:${job.domain}:${job.key}`

/** The columns that change in a job's life, in one order for names and values. */
const changing = [
  'key_unique',
  'name',
  'key',
  'mode',
  'enabled',
  'queue',
  'next_run_at',
  'open',
  'deleted',
  'text',
  'priority',
  'updated_at',
  'planned',
  'keep_runs',
]

function valuesOf(job: Job): readonly Value[] {
  const [schedule] = job.schedules
  const deleted = job.deleted_at !== null
  const next = deleted ? null : job.next_run_at
  return [
    keyUnique(job),
    job.name,
    job.key,
    schedule.mode,
    schedule.enabled ? 1 : 0,
    job.queue,
    next,
    openOf(job),
    deleted ? 1 : 0,
    searchText(job),
    job.priority,
    job.updated_at,
    next === null ? 0 : 1,
    job.keep_runs,
  ]
}

export type Inserted = 'inserted' | 'present' | 'key_taken'

/** Writes rows of `jobs`, `job_versions` and `skips`. Every method is for use inside a queued write. */
export class JobRows {
  readonly #insert: Statement<Value[]>
  readonly #updates: RowUpdates
  readonly #name: Statement<[string, string, string]>
  readonly #exists: Statement<[string], number>
  readonly #version: Statement<[string, number, number, string | null, string]>
  readonly #skip: Statement<[Skip]>

  constructor(db: Db) {
    this.#insert = db.prepare(
      `INSERT INTO jobs (id, domain, rev, ${changing.join(', ')}, doc)
       VALUES (?, ?, ?, ${changing.map(() => '?').join(', ')}, ?) ON CONFLICT DO NOTHING`,
    )
    this.#updates = new RowUpdates(db, 'UPDATE OR IGNORE jobs', changing)
    this.#name = db.prepare('INSERT INTO job_names (domain, job_id, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    this.#exists = db.prepare<[string], number>('SELECT 1 FROM jobs WHERE id = ?').pluck()
    this.#version = db.prepare(
      'INSERT INTO job_versions (job_id, version, created_at, actor, definition) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#skip = db.prepare(
      `INSERT INTO skips (_id, job_id, domain, "from", "to", count, outcome, reason, "of")
       VALUES (@_id, @job_id, @domain, @from, @to, @count, @outcome, @reason, @of)
       ON CONFLICT (_id) DO UPDATE SET "to" = excluded."to", count = excluded.count WHERE excluded."to" > "to"`,
    )
  }

  /** One that is there already stays as it is. */
  insert(job: Job): Inserted {
    const { changes } = this.#insert.run(job._id, job.domain, job.rev, ...valuesOf(job), JSON.stringify(job))
    if (changes === 1) {
      this.#keepName(job)
      return 'inserted'
    }
    return this.#exists.get(job._id) === 1 ? 'present' : 'key_taken'
  }

  /** Compare-and-set on `before.rev`; false: another was faster, or the key is another job's. */
  replace(before: Job, after: Job): boolean {
    if (!this.#updates.write([before, valuesOf(before)], [after, valuesOf(after)])) return false
    if (after.name !== before.name) this.#keepName(after)
    return true
  }

  /** Every name that a job had: its runs keep the one that it had then. */
  #keepName({ domain, _id, name }: Job): void {
    this.#name.run(domain, _id, name.toLowerCase())
  }

  insertVersion({ job_id, version, created_at, actor, definition }: JobVersion): void {
    this.#version.run(job_id, version, created_at, actor, JSON.stringify(definition))
  }

  /** A row of the ledger only ever grows: a late repeat does not take back what a later tick added. */
  putSkip(skip: Skip): void {
    this.#skip.run(skip)
  }
}
