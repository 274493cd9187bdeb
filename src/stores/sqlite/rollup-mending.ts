import type { Statement } from 'better-sqlite3'
import { bucketOf, mergeFigures, noFigures, rollups, totalOf } from '../../model/figures.ts'
import type { Millis } from '../../model/time.ts'
import { firstId, momentOf } from '../id-time.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'
import { type Rollups, Sums } from './rollups.ts'
import { readRun } from './run-rows.ts'

const hour = rollups.wide
/** An hour is recounted when it has been over for so long. */
const grace: Millis = hour
/** How far from its time of creation a run's id is looked for. A run that lies further off is not counted again. */
const slack: Millis = 600_000
/** Runs that are looked at in one go, and how many of them are read whole. */
const page = { counted: 20_000, read: 500 }
/** One step of mending takes about so long, ms. */
const budget = 20
/** Roll-ups that one step of forgetting looks at. */
const looked = 2000

interface Span {
  readonly domain: string
  readonly from: Millis
}

/** A roll-up's key. */
type Place = [domain: string, job_id: string, width: number, start: number]

interface Range extends Span {
  readonly after: string
  readonly before: string
  readonly until: Millis
}

/**
 * Mends figures that fell short of their runs: of a store that was written before there were figures. Hour after hour, once
 * each, the settled runs are counted in the index, and where they are more than was added up, they are added up anew. A
 * roll-up is never lowered: of runs that are gone it alone still tells.
 */
export class RollupMending {
  readonly #commits: Commits
  readonly #rollups: Rollups
  readonly #sql: ReturnType<typeof statements>
  /** Where the walk that forgets stands. */
  #after: Place = ['', '', 0, 0]

  constructor(db: Db, commits: Commits, rollups: Rollups) {
    this.#commits = commits
    this.#rollups = rollups
    this.#sql = statements(db)
  }

  /** Recounts hours that are over, for some ms; whether there are more. */
  async mend(now: Millis): Promise<boolean> {
    const begin = performance.now()
    const first = this.#sql.checked.get() ?? this.#first(now)
    let from = first
    for (; from + hour + grace <= now && performance.now() - begin < budget; from += hour) await this.#check(from)
    if (from > first) await this.#commits.write(() => this.#sql.check.run(from))
    return from + hour + grace <= now
  }

  async #check(from: Millis): Promise<void> {
    for (const { domain } of this.#sql.domains.all()) {
      const span = { domain, from }
      const known = this.#known(span)
      if ((await this.#counted(span)) > known) await this.#recount(span, known)
    }
    const together = this.#rollups.domains().reduce((sum, domain) => sum + this.#known({ domain, from }), 0)
    if (together > this.#known({ domain: '', from })) await this.#commits.write(() => this.#gather(from))
  }

  /** What all domains have in an hour, and in each of its minutes, is what they have together. */
  #gather(from: Millis): void {
    const rows: { width: Millis; start: Millis }[] = [{ width: hour, start: from }]
    for (let start = from; start < from + hour; start += rollups.narrow) rows.push({ width: rollups.narrow, start })
    for (const row of rows) {
      const sum = noFigures()
      for (const domain of this.#rollups.domains()) mergeFigures(sum, this.#rollups.of({ ...row, domain, job_id: '' }))
      if (totalOf(sum) > 0) this.#rollups.put({ ...row, domain: '', job_id: '' }, sum)
    }
  }

  /** Forgets roll-ups by the minute that are older than this, a few at a time. */
  async forget(before: Millis): Promise<void> {
    const rows = this.#sql.walk.all(...this.#after, looked)
    this.#after = rows.length < looked ? ['', '', 0, 0] : (rows.at(-1) ?? this.#after)
    const old = rows.filter(([, , width, start]) => width === rollups.narrow && start < before)
    if (old.length === 0) return
    await this.#commits.write(() => {
      for (const row of old) this.#sql.remove.run(...row)
    })
  }

  #first(now: Millis): Millis {
    const moments = this.#sql.domains.all().map(({ domain }) => momentOf(this.#sql.oldest.get(domain) ?? '') ?? now)
    return bucketOf(Math.min(now, ...moments), hour)
  }

  #known({ domain, from }: Span): number {
    return totalOf(this.#rollups.of({ width: hour, domain, job_id: '', start: from }))
  }

  /** Settled runs of an hour, in pages: other work comes between. */
  async #counted(span: Span): Promise<number> {
    let counted = 0
    for (let after = firstId(span.from - slack); ; ) {
      const row = this.#sql.count.get({ ...range(span, after), limit: page.counted })
      counted += row?.fitting ?? 0
      if (row === undefined || row.seen < page.counted || row.last === null) return counted
      after = row.last
      await otherWork()
    }
  }

  async #recount(span: Span, known: number): Promise<void> {
    const sums = new Sums()
    for (let after = firstId(span.from - slack); ; ) {
      const rows = this.#sql.read.all({ ...range(span, after), limit: page.read })
      for (const { doc } of rows) sums.add(readRun(doc))
      const last = rows.at(-1)
      if (last === undefined || rows.length < page.read) break
      after = last.id
      await otherWork()
    }
    await this.#commits.write(() => {
      // A run that was settled meanwhile may be in the roll-up and not in the recount.
      if (this.#known(span) !== known) return
      for (const { key, figures } of sums.all())
        if (key.domain !== '' && totalOf(figures) > totalOf(this.#rollups.of(key))) this.#rollups.put(key, figures)
    })
  }
}

const range = ({ domain, from }: Span, after: string): Range => ({
  domain,
  after,
  before: firstId(from + hour + slack),
  from,
  until: from + hour,
})

const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function statements(db: Db) {
  const count: Statement<[Range & { limit: number }], { seen: number; fitting: number; last: string | null }> =
    db.prepare(
      `SELECT count(*) AS seen, coalesce(sum(created_at >= @from AND created_at < @until), 0) AS fitting, max(id) AS last
     FROM (SELECT id, created_at FROM runs INDEXED BY runs_of_domain
           WHERE settled = 1 AND domain = @domain AND id > @after AND id < @before ORDER BY id LIMIT @limit)`,
    )
  return {
    count,
    read: db.prepare<[Range & { limit: number }], { id: string; doc: string }>(
      `SELECT id, doc FROM runs INDEXED BY runs_of_domain
       WHERE settled = 1 AND domain = @domain AND id > @after AND id < @before
         AND created_at >= @from AND created_at < @until ORDER BY id LIMIT @limit`,
    ),
    domains: db.prepare<[], { domain: string }>('SELECT domain FROM domain_counts ORDER BY domain'),
    oldest: db
      .prepare<[string], string | null>(
        'SELECT min(id) FROM runs INDEXED BY runs_of_domain WHERE settled = 1 AND domain = ?',
      )
      .pluck(),
    checked: db.prepare<[], number>(`SELECT value FROM meta WHERE name = 'figures_checked'`).pluck(),
    check: db.prepare<[number]>(
      `INSERT INTO meta (name, value) VALUES ('figures_checked', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
    walk: db
      .prepare<[...Place, number], Place>(
        `SELECT domain, job_id, width, start FROM run_figures
         WHERE (domain, job_id, width, start) > (?, ?, ?, ?) ORDER BY domain, job_id, width, start LIMIT ?`,
      )
      .raw(),
    remove: db.prepare<Place>('DELETE FROM run_figures WHERE domain = ? AND job_id = ? AND width = ? AND start = ?'),
  }
}
