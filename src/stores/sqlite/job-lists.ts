import type { Statement } from 'better-sqlite3'
import type { Job } from '../../model/job.ts'
import { type SortValue, sortValue } from '../../model/job-order.ts'
import type { JobPage, JobQuery } from '../../ports/store.ts'
import type { Db } from './database.ts'
import { readJob } from './job-rows.ts'
import { merged, type Walk } from './merge.ts'
import { pageOf } from './slices.ts'
import { Statements, type Value } from './statements.ts'

interface Row {
  readonly id: string
  readonly value: SortValue
}

type Sort = NonNullable<JobPage['sort']>['by'] | 'created_at'

/** Where each order is read from: an index per domain, of the column and then the id. */
const orders = {
  created_at: { index: 'jobs_of_domain', column: 'id' },
  name: { index: 'jobs_by_name', column: 'text' },
  updated_at: { index: 'jobs_by_change', column: 'updated_at' },
  priority: { index: 'jobs_by_priority', column: 'priority' },
  next_run_at: { index: 'jobs_planned', column: 'next_run_at' },
} as const satisfies Record<Sort, { index: string; column: string }>

/** One ordered list: what it holds, and its order. */
interface Source {
  readonly by: Sort
  readonly rules: readonly string[]
  readonly values: readonly Value[]
}

/** Pages of jobs in any of their orders. What does not match is passed over in the index, without looking at the job. */
export class JobLists {
  readonly #statements: Statements<Row>
  readonly #ids: Statements<string>
  readonly #doc: Statement<[string], string>
  readonly #nextDomain: Statement<[string], string | null>

  constructor(db: Db) {
    this.#statements = new Statements(db)
    this.#ids = new Statements(db, true)
    this.#doc = db.prepare<[string], string>('SELECT doc FROM jobs WHERE id = ?').pluck()
    this.#nextDomain = db
      .prepare<[string], string | null>(
        'SELECT min(domain) FROM jobs INDEXED BY jobs_of_domain WHERE deleted = 0 AND domain > ?',
      )
      .pluck()
  }

  page(query: JobQuery, page: JobPage): Promise<readonly Job[]> {
    const { sort } = page
    return pageOf({
      list: () => this.#rows(query, page),
      read: ({ id }) => this.#job(id),
      isInPlace: (job, { value }) =>
        job.deleted_at === null && (sort === undefined || sortValue(job, sort.by) === value),
      make: (job) => job,
      pace: page.pace,
    })
  }

  /** As `page`, without looking at the jobs themselves. */
  ids(query: JobQuery, page: JobPage): readonly string[] {
    return this.#rows(query, page).map(({ id }) => id)
  }

  #rows(query: JobQuery, page: JobPage): readonly Row[] {
    return page.sort?.by === 'next_run_at' ? this.#byPlan(query, page) : this.#byColumn(query, page)
  }

  #job(id: string): Job | null {
    const doc = this.#doc.get(id)
    return doc === undefined ? null : readJob(doc)
  }

  /** One list for each domain, merged. */
  #byColumn(query: JobQuery, page: JobPage, only: readonly string[] = []): readonly Row[] {
    const by = page.sort?.by ?? 'created_at'
    const first = page.after === null ? null : { id: page.after, value: page.sort?.value ?? page.after }
    const walks = this.#domains(query).map((domain) => {
      const [rules, values] = filters(query)
      const source: Source = { by, rules: ['domain = ?', ...only, ...rules], values: [domain, ...values] }
      return this.#walk(source, page.oldestFirst, first)
    })
    const sign = page.oldestFirst ? 1 : -1
    return merged(walks, page.limit, (one, other) => sign * (order(one.value, other.value) || order(one.id, other.id)))
  }

  /** First what is planned, then, in the order of creation, what has no tick left. */
  #byPlan(query: JobQuery, page: JobPage): readonly Row[] {
    const isPlanned = page.after === null || (page.sort?.value ?? null) !== null
    const planned = isPlanned ? this.#planned(query, page) : []
    if (planned.length >= page.limit) return planned
    const { limit, oldestFirst } = page
    const after = isPlanned ? null : page.after
    const rest = this.#byColumn(query, { limit: limit - planned.length, after, oldestFirst }, ['planned = 0'])
    return [...planned, ...rest.map(({ id }) => ({ id, value: null }))]
  }

  /** The plan of all domains is one list: the tick loop's. */
  #planned(query: JobQuery, page: JobPage): readonly Row[] {
    const [rules, values] = filters(query)
    const domain = query.domain === null ? { rules: [], values: [] } : { rules: ['domain = ?'], values: [query.domain] }
    const source: Source = {
      by: 'next_run_at',
      rules: ['next_run_at IS NOT NULL', ...domain.rules, ...rules],
      values: [...domain.values, ...values],
    }
    const first = page.after === null ? null : { id: page.after, value: page.sort?.value ?? null }
    return this.#walk(source, page.oldestFirst, first)(null, page.limit)
  }

  #walk({ by, rules, values }: Source, ascending: boolean, first: Row | null): Walk<Row> {
    const { index, column } = orders[by]
    const [than, direction] = ascending ? ['>', 'ASC'] : ['<', 'DESC']
    const isId = column === 'id'
    const beyond = isId ? `id ${than} ?` : `(${column}, id) ${than} (?, ?)`
    const sorted = isId ? `id ${direction}` : `${column} ${direction}, id ${direction}`
    const where = by === 'next_run_at' ? rules : ['deleted = 0', ...rules]
    return (after, limit) => {
      const from = after ?? first
      const place: readonly Value[] = from === null ? [] : isId ? [from.id] : [from.value, from.id]
      const all = from === null ? where : [...where, beyond]
      const rest = `FROM jobs INDEXED BY ${index} WHERE ${all.join(' AND ')} ORDER BY ${sorted} LIMIT ?`
      const given = [...values, ...place, limit]
      if (!isId) return this.#statements.get(`SELECT id, ${column} AS value ${rest}`).all(...given)
      return this.#ids
        .get(`SELECT id ${rest}`)
        .all(...given)
        .map((id) => ({ id, value: id }))
    }
  }

  /** The domain that is asked for, or all that have jobs: a look at the index for each. */
  #domains(query: JobQuery): readonly string[] {
    if (query.domain !== null) return [query.domain]
    const found: string[] = []
    for (let next = this.#nextDomain.get(''); typeof next === 'string'; next = this.#nextDomain.get(next))
      found.push(next)
    return found
  }
}

/** As SQLite orders: numbers by value, texts by their bytes. */
function order(one: SortValue, other: SortValue): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return byBytes(String(one), String(other))
}

/** The order of UTF-8, which is JavaScript's but for characters beyond 16 bits: they come last, and so do their surrogates here. */
function byBytes(one: string, other: string): number {
  if (one === other) return 0
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (left === right) continue
    if (isSurrogate(left) === isSurrogate(right)) return left - right
    return isSurrogate(left) ? 1 : -1
  }
  return one.length - other.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

function filters(query: JobQuery): [rules: readonly string[], values: readonly Value[]] {
  const rules: string[] = []
  const values: Value[] = []
  const rule = (sql: string, value: Value) => {
    if (value === null) return
    rules.push(sql)
    values.push(value)
  }
  rule('mode = ?', query.mode)
  rule('enabled = ?', query.enabled === null ? null : Number(query.enabled))
  rule('queue = ?', query.queue)
  rule('instr(text, ?) > 0', query.q?.toLowerCase() ?? null)
  return [rules, values]
}
