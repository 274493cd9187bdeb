import type { Statement } from 'better-sqlite3'
import { mainSchedule } from '../../model/job.ts'
import type { LedgerRow, TickOutcome } from '../../model/ledger.ts'
import { Skip } from '../../model/skip.ts'
import type { Millis } from '../../model/time.ts'
import type { LedgerQuery, Page } from '../../ports/store.ts'
import type { Db } from './database.ts'
import { merged, type Walk } from './merge.ts'
import { readRun } from './run-rows.ts'
import { Statements, type Value } from './statements.ts'

/** A place in the ledger, and what stands there. */
interface Place {
  readonly at: Millis
  readonly run: string | null
  readonly skip: string | null
}

/** Ticks of these times (2001 to 2286) have 13 digits, so their keys are in the order of time. */
const [firstOf13, firstOf14] = [1e12, 1e13]

/** The ledger of a job's ticks: its runs by their ticks' unique keys, and its skips, each from an index in the order of time. */
export class Ledger {
  readonly #statements: Statements<Place>
  readonly #run: Statement<[string], string>
  readonly #skip: Statement<[string]>
  readonly #begun: Statement<[string, string, number], { from: number; to: number }>

  constructor(db: Db) {
    this.#statements = new Statements(db)
    this.#run = db.prepare<[string], string>('SELECT doc FROM runs WHERE id = ?').pluck()
    this.#skip = db.prepare<[string]>(
      'SELECT _id, job_id, domain, "from", "to", count, outcome, reason, "of" FROM skips WHERE _id = ?',
    )
    this.#begun = db.prepare<[string, string, number], { from: number; to: number }>(
      `SELECT "from", "to" FROM skips INDEXED BY skips_of_job
       WHERE job_id = ? AND outcome = ? AND "from" < ? ORDER BY "from" DESC LIMIT 1`,
    )
  }

  page(query: LedgerQuery, page: Page): readonly LedgerRow[] {
    const has = (outcome: TickOutcome) => query.outcome === null || query.outcome === outcome
    const walks = [
      ...(query.outcome === null ? [this.#runs(query, page, 'runs_tick_key', [])] : []),
      ...(query.outcome === 'run' ? [this.#runs(query, page, 'runs_tick_key', ['late = 0'])] : []),
      ...(query.outcome === 'late' ? [this.#runs(query, page, 'runs_late', ['late = 1'])] : []),
      ...(has('skipped') ? [this.#skips(query, page, 'skipped')] : []),
      ...(has('missed') ? [this.#skips(query, page, 'missed')] : []),
    ]
    const sign = page.oldestFirst ? 1 : -1
    return merged(walks, page.limit, (one, other) => sign * (one.at - other.at)).flatMap((place) => this.#read(place))
  }

  #read({ run, skip }: Place): readonly LedgerRow[] {
    const doc = run === null ? undefined : this.#run.get(run)
    if (doc !== undefined) return [{ run: readRun(doc), skip: null }]
    return skip === null ? [] : [{ run: null, skip: Skip.parse(this.#skip.get(skip)) }]
  }

  #runs({ job_id, since, until }: LedgerQuery, page: Page, index: string, rules: readonly string[]): Walk<Place> {
    const prefix = `${job_id}:${mainSchedule}:`
    const key = (at: Millis | null, otherwise: string): string => {
      if (at === null) return otherwise
      return at < firstOf13 ? prefix : at < firstOf14 ? prefix + at : `${prefix}:`
    }
    const range = ['tick_key >= ?', 'tick_key < ?']
    const bounds = [key(since, prefix), key(until, `${prefix}:`)]
    return this.#walk(page, {
      select: `CAST(substr(tick_key, ${prefix.length + 1}) AS INTEGER) AS at, id AS run, NULL AS skip`,
      from: `runs INDEXED BY ${index}`,
      rules: [...rules, ...range],
      values: bounds,
      by: 'tick_key',
      placed: (at) => prefix + at,
    })
  }

  #skips({ job_id, since, until }: LedgerQuery, page: Page, outcome: Skip['outcome']): Walk<Place> {
    // A series that began before and goes on into the span belongs to it.
    const begun = since === null ? undefined : this.#begun.get(job_id, outcome, since)
    const from = since !== null && begun !== undefined && begun.to >= since ? begun.from : since
    return this.#walk(page, {
      select: '"from" AS at, NULL AS run, _id AS skip',
      from: 'skips INDEXED BY skips_of_job',
      rules: ['job_id = ?', 'outcome = ?', '"from" >= ?', '"from" < ?'],
      values: [job_id, outcome, from ?? 0, until ?? Number.MAX_SAFE_INTEGER],
      by: '"from"',
      placed: (at) => at,
    })
  }

  #walk(
    page: Page,
    list: {
      readonly select: string
      readonly from: string
      readonly rules: readonly string[]
      readonly values: readonly Value[]
      readonly by: string
      readonly placed: (at: Millis) => Value
    },
  ): Walk<Place> {
    const [than, direction] = page.oldestFirst ? ['>', 'ASC'] : ['<', 'DESC']
    return (after, limit) => {
      const at = after?.at ?? (page.after === null ? null : Number(page.after))
      const rules = at === null ? list.rules : [...list.rules, `${list.by} ${than} ?`]
      const sql = `SELECT ${list.select} FROM ${list.from} WHERE ${rules.join(' AND ')} ORDER BY ${list.by} ${direction} LIMIT ?`
      return this.#statements.get(sql).all(...list.values, ...(at === null ? [] : [list.placed(at)]), limit)
    }
  }
}
