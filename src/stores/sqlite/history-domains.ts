import type { DomainHistory, RemovedDomain } from '../../ports/history.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** Removed domains, and what is left of them besides jobs and runs. */
export class SqliteDomainHistory implements DomainHistory {
  readonly #commits: Commits
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#sql = statements(db)
  }

  async removed(): Promise<readonly RemovedDomain[]> {
    return this.#sql.removed.all()
  }

  empty(domain: string, limit: number): Promise<boolean> {
    return this.#commits.write(() => {
      const { tokens, figures, sessions, workers, samples } = this.#sql.remove
      const removed = figures.run(domain, limit).changes + sessions.run(domain, limit).changes
      workers.run(domain)
      samples.run(domain)
      tokens.run(domain)
      return removed < limit
    })
  }

  forget(domain: string): Promise<void> {
    return this.#commits.write(() => {
      if (this.#sql.forget.run(domain).changes === 1) this.#sql.remove.counts.run(domain)
    })
  }
}

function statements(db: Db) {
  return {
    removed: db.prepare<[], RemovedDomain>(
      `SELECT domain, removed_at FROM domains INDEXED BY domains_removed
       WHERE removed_at IS NOT NULL ORDER BY removed_at`,
    ),
    remove: {
      figures: db.prepare<[string, number]>(
        `DELETE FROM run_figures WHERE (domain, job_id, width, start) IN
         (SELECT domain, job_id, width, start FROM run_figures WHERE domain = ? LIMIT ?)`,
      ),
      sessions: db.prepare<[string, number]>(
        `DELETE FROM sessions WHERE id IN
         (SELECT id FROM sessions WHERE json_extract(doc, '$.domain') = ? LIMIT ?)`,
      ),
      tokens: db.prepare<[string]>('DELETE FROM tokens WHERE domain = ?'),
      workers: db.prepare<[string]>('DELETE FROM worker_records WHERE domain = ?'),
      samples: db.prepare<[string]>('DELETE FROM worker_samples WHERE domain = ?'),
      counts: db.prepare<[string]>('DELETE FROM domain_counts WHERE domain = ? AND settled = 0'),
    },
    forget: db.prepare<[string]>('DELETE FROM domains WHERE domain = ? AND removed_at IS NOT NULL'),
  }
}
