import type { Millis } from '../../model/time.ts'
import type {
  DeletedJob,
  DeletedJobs,
  JobHistory,
  JobPlace,
  ReplacedVersion,
  VersionPlace,
} from '../../ports/history.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

interface DeletedRow extends JobPlace {
  readonly open: number
}

interface VersionRow extends VersionPlace {
  readonly created_at: Millis
}

/** Finds and removes what jobs leave behind. */
export class SqliteJobHistory implements JobHistory {
  readonly #commits: Commits
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#sql = statements(db)
  }

  async expireSkips(before: Millis, limit: number): Promise<number> {
    const ids = this.#sql.oldSkips.all(before, limit)
    if (ids.length === 0) return 0
    return this.#commits.write(() => ids.filter((id) => this.#sql.removeSkip.run(id, before).changes === 1).length)
  }

  async deleted({ domain, before, after, limit }: DeletedJobs): Promise<readonly DeletedJob[]> {
    const rows =
      domain === null
        ? this.#sql.deleted.all(after?.domain ?? '', after?._id ?? '', before, limit)
        : this.#sql.deletedOf.all(domain, after?._id ?? '', before, limit)
    return rows.map(({ open, ...place }) => ({ ...place, isOpen: open !== 0 }))
  }

  forget({ domain, _id }: JobPlace, limit: number): Promise<boolean> {
    return this.#commits.write(() => {
      if (this.#sql.isDeleted.get(_id) === undefined) return true
      let room = limit - this.#sql.removeSkips.run(_id, limit).changes
      if (room > 0) room -= this.#sql.removeFigures.run(domain, _id, room).changes
      if (room > 0) room -= this.#sql.removeVersions.run(_id, room).changes
      if (room <= 0) return false
      this.#sql.removeNames.run(domain, _id)
      this.#sql.removeTotals.run(_id)
      this.#sql.remove.run(_id)
      return true
    })
  }

  /** A version was replaced when the next one of its job was made; of the page's last row only the next page knows. */
  async replacedVersions(after: VersionPlace | null, limit: number) {
    const rows = this.#sql.versions.all(after?.job_id ?? '', after?.version ?? 0, limit + 1)
    const replaced: ReplacedVersion[] = []
    for (const [at, { job_id, version }] of rows.entries()) {
      const next = rows[at + 1]
      if (next?.job_id === job_id) replaced.push({ job_id, version, replaced_at: next.created_at })
    }
    const last = rows.length > limit ? rows[limit - 1] : undefined
    return { replaced, next: last === undefined ? null : { job_id: last.job_id, version: last.version } }
  }

  forgetVersions(jobId: string, upTo: number): Promise<void> {
    return this.#commits.write(() => {
      const present = this.#sql.present.get(jobId)
      if (present === undefined) return
      this.#sql.forgetVersions.run(jobId, Math.min(upTo, present.version - 1))
      this.#sql.forgetNames.run(present.domain, jobId, jobId)
    })
  }
}

function statements(db: Db) {
  const places = 'SELECT domain, id AS _id, open FROM jobs INDEXED BY jobs_deleted WHERE deleted = 1'
  const key = 'domain, job_id, width, start'
  return {
    oldSkips: db
      .prepare<[number, number], string>(
        'SELECT _id FROM skips INDEXED BY skips_by_end WHERE "to" < ? ORDER BY "to" LIMIT ?',
      )
      .pluck(),
    removeSkip: db.prepare<[string, number]>('DELETE FROM skips WHERE _id = ? AND "to" < ?'),
    deleted: db.prepare<[string, string, number, number], DeletedRow>(
      `${places} AND (domain, id) > (?, ?) AND updated_at < ? ORDER BY domain, id LIMIT ?`,
    ),
    deletedOf: db.prepare<[string, string, number, number], DeletedRow>(
      `${places} AND domain = ? AND id > ? AND updated_at < ? ORDER BY id LIMIT ?`,
    ),
    isDeleted: db.prepare<[string], number>('SELECT 1 FROM jobs WHERE id = ? AND deleted = 1').pluck(),
    removeSkips: db.prepare<[string, number]>(
      `DELETE FROM skips WHERE _id IN (SELECT _id FROM skips INDEXED BY skips_of_job WHERE job_id = ? LIMIT ?)`,
    ),
    removeFigures: db.prepare<[string, string, number]>(
      `DELETE FROM run_figures WHERE (${key}) IN
       (SELECT ${key} FROM run_figures WHERE domain = ? AND job_id = ? LIMIT ?)`,
    ),
    removeVersions: db.prepare<[string, number]>(
      'DELETE FROM job_versions WHERE rowid IN (SELECT rowid FROM job_versions WHERE job_id = ? LIMIT ?)',
    ),
    removeNames: db.prepare<[string, string]>('DELETE FROM job_names WHERE domain = ? AND job_id = ?'),
    removeTotals: db.prepare<[string]>('DELETE FROM job_totals WHERE job_id = ?'),
    remove: db.prepare<[string]>('DELETE FROM jobs WHERE id = ? AND deleted = 1'),
    versions: db.prepare<[string, number, number], VersionRow>(
      `SELECT job_id, version, created_at FROM job_versions WHERE (job_id, version) > (?, ?)
       ORDER BY job_id, version LIMIT ?`,
    ),
    present: db.prepare<[string], { domain: string; version: number }>(
      `SELECT domain, json_extract(doc, '$.version') AS version FROM jobs WHERE id = ?`,
    ),
    forgetVersions: db.prepare<[string, number]>('DELETE FROM job_versions WHERE job_id = ? AND version <= ?'),
    // A run has the name of its version: a name that no version has is of no use to who looks for runs.
    forgetNames: db.prepare<[string, string, string]>(
      `DELETE FROM job_names WHERE domain = ? AND job_id = ? AND text NOT IN
       (SELECT fold(json_extract(definition, '$.name')) FROM job_versions WHERE job_id = ?)`,
    ),
  }
}
