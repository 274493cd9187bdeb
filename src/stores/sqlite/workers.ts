import { documentReader } from '../../model/document.ts'
import { type HostSample, placeOf } from '../../model/host-load.ts'
import type { Session, WorkerRecord, WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Told, WorkerStore } from '../../ports/store.ts'
import { keptSample, samplesIn } from '../host-samples.ts'
import type { AuditRows } from './audit-rows.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

const readSession = documentReader<Session>(
  'session',
  (session) => typeof session._id === 'string' && typeof session.rev === 'number' && typeof session.state === 'string',
)

/** Workers' records and sessions in SQLite. */
export class SqliteWorkers implements WorkerStore {
  readonly #commits: Commits
  readonly #audit: AuditRows
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, commits: Commits, audit: AuditRows) {
    this.#commits = commits
    this.#audit = audit
    this.#sql = statements(db)
  }

  record(domain: string, workerId: string, first: WorkerState, now: Millis): Promise<WorkerRecord> {
    const made: WorkerRecord = { domain, worker_id: workerId, state: first, updated_at: now }
    return this.#commits.write(() => {
      this.#sql.insertRecord.run(made)
      return this.#sql.record.get(domain, workerId) ?? made
    })
  }

  async records(domain: string | null): Promise<readonly WorkerRecord[]> {
    return domain === null ? this.#sql.records.all() : this.#sql.recordsOf.all(domain)
  }

  setState(
    domain: string,
    workerId: string,
    state: WorkerState,
    now: Millis,
    told: Told = null,
  ): Promise<WorkerRecord | null> {
    return this.#commits.write(() => {
      if (this.#sql.setState.run(state, now, domain, workerId).changes === 1) this.#audit.put(told)
      return this.#sql.record.get(domain, workerId) ?? null
    })
  }

  insertSession(session: Session): Promise<void> {
    return this.#commits.write(() => {
      this.#sql.insertSession.run(session._id, session.rev, session.state, JSON.stringify(session))
    })
  }

  async session(id: string): Promise<Session | null> {
    const doc = this.#sql.session.get(id)
    return doc === undefined ? null : readSession(doc)
  }

  async liveSessions(): Promise<readonly Session[]> {
    return this.#sql.liveSessions.all().map(readSession)
  }

  async lostSessions(since: Millis): Promise<readonly Session[]> {
    return this.#sql.lostSessions.all(since).map(readSession)
  }

  forgetSessions(before: Millis, limit: number): Promise<number> {
    return this.#commits.write(() => this.#sql.forgetSessions.run(before, limit).changes)
  }

  keepSample(domain: string, workerId: string, sample: HostSample): Promise<void> {
    return this.#commits.write(() => {
      const places = JSON.stringify({ [placeOf(sample.at)]: keptSample(sample) })
      this.#sql.keepSample.run(domain, workerId, sample.at, places)
    })
  }

  async samples(domain: string, workerId: string, now: Millis): Promise<readonly HostSample[]> {
    const places = this.#sql.samples.get(domain, workerId)
    return places === undefined ? [] : samplesIn(JSON.parse(places), now)
  }

  forgetSamples(before: Millis, limit: number): Promise<number> {
    return this.#commits.write(() => this.#sql.forgetSamples.run(before, limit).changes)
  }

  changeSession(before: Session, after: Session): Promise<boolean> {
    return this.#commits.write(
      () =>
        this.#sql.changeSession.run(after.rev, after.state, JSON.stringify(after), before._id, before.rev).changes ===
        1,
    )
  }
}

const endedAt = "json_extract(doc, '$.ended_at')"

function statements(db: Db) {
  const records = 'SELECT domain, worker_id, state, updated_at FROM worker_records'
  return {
    insertRecord: db.prepare<[WorkerRecord]>(
      `INSERT INTO worker_records (domain, worker_id, state, updated_at)
       VALUES (@domain, @worker_id, @state, @updated_at) ON CONFLICT DO NOTHING`,
    ),
    record: db.prepare<[string, string], WorkerRecord>(`${records} WHERE domain = ? AND worker_id = ?`),
    records: db.prepare<[], WorkerRecord>(`${records} ORDER BY domain, worker_id`),
    recordsOf: db.prepare<[string], WorkerRecord>(`${records} WHERE domain = ? ORDER BY worker_id`),
    setState: db.prepare<[string, number, string, string]>(
      'UPDATE worker_records SET state = ?, updated_at = ? WHERE domain = ? AND worker_id = ?',
    ),
    insertSession: db.prepare<[string, number, string, string]>(
      'INSERT INTO sessions (id, rev, state, doc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    session: db.prepare<[string], string>('SELECT doc FROM sessions WHERE id = ?').pluck(),
    liveSessions: db
      .prepare<[], string>(`SELECT doc FROM sessions INDEXED BY sessions_live WHERE state = 'live' ORDER BY id`)
      .pluck(),
    lostSessions: db
      .prepare<[number], string>(
        `SELECT doc FROM sessions INDEXED BY sessions_over WHERE state <> 'live' AND ${endedAt} >= ? AND state = 'lost'
         ORDER BY ${endedAt} DESC`,
      )
      .pluck(),
    forgetSessions: db.prepare<[number, number]>(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions INDEXED BY sessions_over WHERE state <> 'live' AND ${endedAt} < ? LIMIT ?)`,
    ),
    // A place is an array, which a merge patch replaces whole.
    keepSample: db.prepare<[string, string, number, string]>(
      `INSERT INTO worker_samples (domain, worker_id, updated_at, places) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET updated_at = excluded.updated_at, places = json_patch(places, excluded.places)`,
    ),
    samples: db
      .prepare<[string, string], string>('SELECT places FROM worker_samples WHERE domain = ? AND worker_id = ?')
      .pluck(),
    forgetSamples: db.prepare<[number, number]>(
      `DELETE FROM worker_samples WHERE (domain, worker_id) IN (
         SELECT domain, worker_id FROM worker_samples WHERE updated_at < ? LIMIT ?)`,
    ),
    changeSession: db.prepare<[number, string, string, string, number]>(
      'UPDATE sessions SET rev = ?, state = ?, doc = ? WHERE id = ? AND rev = ?',
    ),
  }
}
