import type { Domain, Token } from '../../model/domain.ts'
import { finalStatuses } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { DomainStore, Told } from '../../ports/store.ts'
import type { AuditRows } from './audit-rows.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** Domains and their tokens in SQLite: rows as wide as the documents, for they are few and flat. */
export class SqliteDomains implements DomainStore {
  readonly #commits: Commits
  readonly #audit: AuditRows
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Db, commits: Commits, audit: AuditRows) {
    this.#commits = commits
    this.#audit = audit
    this.#sql = statements(db)
  }

  insert(domain: Domain, told: Told = null): Promise<boolean> {
    return this.#won(() => this.#sql.insert.run(domain).changes === 1, told)
  }

  change(
    name: string,
    change: { display_name?: string | null; description?: string | null },
    told: Told = null,
  ): Promise<Domain | null> {
    return this.#commits.write(() => {
      const stored = this.#sql.get.get(name)
      if (stored === undefined) return null
      const { display_name = stored.display_name, description = stored.description } = change
      const changed: Domain = { ...stored, display_name, description }
      this.#sql.change.run(changed)
      this.#audit.put(told)
      return changed
    })
  }

  async get(name: string): Promise<Domain | null> {
    return this.#sql.get.get(name) ?? null
  }

  async all(): Promise<readonly Domain[]> {
    return this.#sql.all.all()
  }

  remove(name: string, now: Millis, told: Told = null): Promise<void> {
    return this.#commits.write(() => {
      const was = this.#sql.get.get(name)
      this.#sql.removeTokens.run(name)
      this.#sql.remove.run(name, now, now)
      if (was !== undefined) this.#audit.put(told)
    })
  }

  async counts(name: string): Promise<{ jobs: number; runs: number; live: number }> {
    const count = (of: 'jobs' | 'settled' | 'open' | 'waiting' | 'out') => this.#sql[of].get(name) ?? 0
    const live = count('waiting') + count('out')
    return { jobs: count('jobs'), runs: live + count('open') + count('settled'), live }
  }

  async tokenByHash(hash: string): Promise<Token | null> {
    return this.#sql.tokenByHash.get(hash) ?? null
  }

  async tokens(domain: string): Promise<readonly Token[]> {
    return this.#sql.tokens.all(domain)
  }

  insertToken(token: Token, told: Told = null): Promise<'inserted' | 'name_taken' | 'hash_taken'> {
    return this.#commits.write(() => {
      if (this.#sql.insertToken.run(token).changes === 1) {
        this.#audit.put(told)
        return 'inserted'
      }
      return this.#sql.tokenByHash.get(token.hash) === undefined ? 'name_taken' : 'hash_taken'
    })
  }

  replaceToken(before: Token, after: Token, told: Told = null): Promise<boolean> {
    const { _id, name, hash } = before
    const { name: newName, role, hash: newHash, created_at, expires_at, last_used_at } = after
    const set = [newName, role, newHash, created_at, expires_at, last_used_at] as const
    return this.#won(() => this.#sql.replaceToken.run(...set, _id, name, hash).changes === 1, told)
  }

  usedToken(id: string, at: Millis): Promise<void> {
    return this.#commits.write(() => {
      this.#sql.usedToken.run(at, id, at)
    })
  }

  endToken(domain: string, id: string, told: Told = null): Promise<Token | null> {
    return this.#commits.write(() => {
      const token = this.#sql.token.get(domain, id) ?? null
      if (token === null) return null
      this.#sql.endToken.run(id)
      this.#audit.put(told)
      return token
    })
  }

  /** A write that may lose, and what it is told as if it wins. */
  #won(write: () => boolean, told: Told): Promise<boolean> {
    return this.#commits.write(() => {
      const won = write()
      if (won) this.#audit.put(told)
      return won
    })
  }
}

function statements(db: Db) {
  const count = (sql: string) => db.prepare<[string], number>(`SELECT count(*) FROM ${sql}`).pluck()
  const final = finalStatuses.map((status) => `'${status}'`).join(', ')
  const token = 'SELECT _id, name, domain, role, hash, created_at, expires_at, last_used_at FROM tokens'
  const domain = 'SELECT domain, display_name, description, created_at FROM domains WHERE removed_at IS NULL'
  return {
    insert: db.prepare<[Domain]>(
      `INSERT INTO domains (domain, display_name, description, created_at)
       VALUES (@domain, @display_name, @description, @created_at) ON CONFLICT DO NOTHING`,
    ),
    change: db.prepare<[Domain]>(
      'UPDATE domains SET display_name = @display_name, description = @description WHERE domain = @domain',
    ),
    get: db.prepare<[string], Domain>(`${domain} AND domain = ?`),
    all: db.prepare<[], Domain>(`${domain} ORDER BY domain`),
    remove: db.prepare<[string, number, number]>(
      `INSERT INTO domains (domain, created_at, removed_at) VALUES (?, ?, ?)
       ON CONFLICT (domain) DO UPDATE SET removed_at = excluded.removed_at WHERE removed_at IS NULL`,
    ),
    removeTokens: db.prepare<[string]>('DELETE FROM tokens WHERE domain = ?'),
    tokenByHash: db.prepare<[string], Token>(`${token} WHERE hash = ?`),
    token: db.prepare<[string, string], Token>(`${token} WHERE domain = ? AND _id = ?`),
    tokens: db.prepare<[string], Token>(`${token} WHERE domain = ? ORDER BY name`),
    endToken: db.prepare<[string]>('DELETE FROM tokens WHERE _id = ?'),
    insertToken: db.prepare<[Token]>(
      `INSERT INTO tokens (_id, name, domain, role, hash, created_at, expires_at, last_used_at)
       VALUES (@_id, @name, @domain, @role, @hash, @created_at, @expires_at, @last_used_at) ON CONFLICT DO NOTHING`,
    ),
    replaceToken: db.prepare<[string, string, string, number, number | null, number | null, string, string, string]>(
      `UPDATE OR IGNORE tokens SET name = ?, role = ?, hash = ?, created_at = ?, expires_at = ?, last_used_at = ?
       WHERE _id = ? AND name = ? AND hash = ?`,
    ),
    usedToken: db.prepare<[number, string, number]>(
      'UPDATE tokens SET last_used_at = ? WHERE _id = ? AND coalesce(last_used_at, 0) < ?',
    ),
    jobs: count('jobs INDEXED BY jobs_of_domain WHERE domain = ? AND deleted = 0'),
    settled: db.prepare<[string], number>('SELECT settled FROM domain_counts WHERE domain = ?').pluck(),
    open: count(`runs INDEXED BY runs_open WHERE open = 1 AND domain = ? AND status IN (${final})`),
    waiting: count('runs INDEXED BY runs_waiting WHERE waiting = 1 AND domain = ?'),
    out: count('runs INDEXED BY runs_of_session WHERE session IS NOT NULL AND domain = ? AND live = 1 AND waiting = 0'),
  }
}
