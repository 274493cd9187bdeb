import type { Millis } from '../../model/time.ts'
import type { RequestRecord, RequestStore } from '../../ports/store.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

interface Row {
  readonly _id: string
  readonly body_hash: string
  readonly job_id: string
  readonly run_id: string
  readonly status: number | null
  readonly body: string | null
  readonly created_at: number
}

/** Records of idempotency keys in SQLite. */
export class SqliteRequests implements RequestStore {
  readonly #commits: Commits
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#sql = statements(db)
  }

  begin(record: RequestRecord): Promise<RequestRecord> {
    return this.#commits.write(() => {
      this.#sql.insert.run(rowOf(record))
      const stands = this.#sql.get.get(record._id)
      return stands === undefined ? record : recordOf(stands)
    })
  }

  finish(id: string, answer: { readonly status: number; readonly body: string }): Promise<void> {
    return this.#commits.write(() => {
      this.#sql.finish.run(answer.status, answer.body, id)
    })
  }

  drop(id: string): Promise<void> {
    return this.#commits.write(() => {
      this.#sql.drop.run(id)
    })
  }

  expire(before: Millis, limit: number): Promise<number> {
    return this.#commits.write(() => this.#sql.expire.run(before, limit).changes)
  }
}

function rowOf({ _id, body_hash, ids, answer, created_at }: RequestRecord): Row {
  return { _id, body_hash, ...ids, status: answer?.status ?? null, body: answer?.body ?? null, created_at }
}

function recordOf({ _id, body_hash, job_id, run_id, status, body, created_at }: Row): RequestRecord {
  const answer = status === null || body === null ? null : { status, body }
  return { _id, body_hash, ids: { job_id, run_id }, answer, created_at }
}

function statements(db: Db) {
  return {
    insert: db.prepare<[Row]>(
      `INSERT INTO requests (_id, body_hash, job_id, run_id, status, body, created_at)
       VALUES (@_id, @body_hash, @job_id, @run_id, @status, @body, @created_at) ON CONFLICT DO NOTHING`,
    ),
    get: db.prepare<[string], Row>(
      'SELECT _id, body_hash, job_id, run_id, status, body, created_at FROM requests WHERE _id = ?',
    ),
    finish: db.prepare<[number, string, string]>('UPDATE requests SET status = ?, body = ? WHERE _id = ?'),
    drop: db.prepare<[string]>('DELETE FROM requests WHERE _id = ? AND status IS NULL'),
    expire: db.prepare<[number, number]>(
      `DELETE FROM requests WHERE rowid IN
       (SELECT rowid FROM requests INDEXED BY requests_made WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
    ),
  }
}
