import type { Statement } from 'better-sqlite3'
import type { Run, RunStatus } from '../../model/run.ts'
import { finalStatuses, liveStatuses, runStatuses } from '../../model/run.ts'
import type { Page, RunQuery } from '../../ports/store.ts'
import type { Db } from './database.ts'
import type { IdRanges } from './id-range.ts'
import { merged, type Walk } from './merge.ts'
import { type NamedJob, RunNames } from './run-names.ts'
import { readRun } from './run-rows.ts'
import { pageOf } from './slices.ts'
import { Statements, type Value } from './statements.ts'

/** Where runs are read from: an index in the order of ids, and the rules and values that belong to it. */
interface Source {
  readonly from: string
  readonly rules: readonly string[]
  readonly values?: readonly Value[]
  readonly statuses: readonly RunStatus[]
  /** Its rules say already that the text is found. */
  readonly isFound?: boolean
}

const waiting: readonly RunStatus[] = ['pending', 'retrying']
const out: readonly RunStatus[] = ['dispatched', 'running']
const unsuccessful: readonly RunStatus[] = finalStatuses.filter((status) => status !== 'success')

/** No text is after this one: what begins with a text lies between it and it with this at its end. */
const lastCharacter = '\u{10ffff}'

/**
 * Pages of runs, by id: merged from the lists that hold some of what is asked for (see schema.ts). What is rare has an
 * index of its own, so a page of failures, or of one user's runs, does not walk over a million others.
 */
export class RunLists {
  readonly #statements: Statements<string>
  readonly #doc: Statement<[string], string>
  readonly #nextDomain: Statement<[string], string | null>
  readonly #names: RunNames
  readonly #ids: IdRanges

  constructor(db: Db, ids: IdRanges) {
    this.#statements = new Statements(db, true)
    this.#names = new RunNames(db)
    this.#ids = ids
    this.#doc = db.prepare<[string], string>('SELECT doc FROM runs WHERE id = ?').pluck()
    this.#nextDomain = db
      .prepare<[string], string | null>(
        'SELECT min(domain) FROM runs INDEXED BY runs_of_domain WHERE settled = 1 AND domain > ?',
      )
      .pluck()
  }

  /** @param shown what is made of each run */
  page<Shown>(query: RunQuery, page: Page, shown: (run: Run) => Shown): Promise<readonly Shown[]> {
    const asked = new Set<RunStatus>(query.status ?? runStatuses)
    return pageOf({
      list: () => this.ids(query, page),
      read: (id) => {
        const doc = this.#doc.get(id)
        return doc === undefined ? null : readRun(doc)
      },
      isInPlace: (run) => asked.has(run.status) && (query.worker_id ?? run.worker_id) === run.worker_id,
      make: shown,
      pace: page.pace,
    })
  }

  /** As `page`, without looking at the runs themselves. */
  ids(query: RunQuery, page: Page): readonly string[] {
    const sign = page.oldestFirst ? 1 : -1
    const asked = new Set<RunStatus>(query.status ?? runStatuses)
    const named = query.q === null || query.job_id !== null ? null : this.#names.jobs(query.domain, query.q)
    const sources = named === null ? this.#sources(query, asked) : this.#named(query, named)
    const walks = sources.flatMap((source) => this.#walk(source, asked, query, page) ?? [])
    return merged(walks, page.limit, (one, other) => (one < other ? -sign : one > other ? sign : 0))
  }

  /** The lists that hold all that is asked for, each run in one of them: as short ones as there are. */
  #sources(query: RunQuery, asked: ReadonlySet<RunStatus>): readonly Source[] {
    const { job_id, user, worker_id } = query
    const unsettled = unsettledOf(query)
    // Failures have one list, for the settled and for those that are not.
    if (!asked.has('success')) return [...unsettled.filter(({ statuses }) => statuses !== finalStatuses), failures]
    if (job_id !== null) return [...unsettled, settled('runs_of_job', { job_id })]
    const domains = this.#domains(query)
    if (user !== null) return [...unsettled, ...domains.map((domain) => settled('runs_of_user', { domain, user }))]
    if (worker_id !== null)
      return [...unsettled, ...domains.map((domain) => settled('runs_of_worker', { domain, worker_id }))]
    return [...unsettled, ...domains.map((domain) => settled('runs_of_domain', { domain }))]
  }

  /** As `#sources`, where few jobs have the text in a name: their runs, and those whose id begins with it. */
  #named(query: RunQuery, jobs: readonly NamedJob[]): readonly Source[] {
    const theirs = jobs.map(({ job_id, isAlways }) => ({ ...settled('runs_of_job', { job_id }), isFound: isAlways }))
    return [...unsettledOf(query), ...theirs, beginning(query.q ?? '')]
  }

  /** Null where a list has nothing of the statuses that are asked for. */
  #walk(source: Source, asked: ReadonlySet<RunStatus>, query: RunQuery, page: Page): Walk<string> | null {
    const statuses = source.statuses.filter((status) => asked.has(status))
    if (statuses.length === 0) return null
    const [rules, values] = filters(source, query, this.#ids)
    if (statuses.length < source.statuses.length) {
      rules.push(`status IN (${statuses.map(() => '?').join(', ')})`)
      values.push(...statuses)
    }
    const [than, direction] = page.oldestFirst ? ['>', 'ASC'] : ['<', 'DESC']
    return (after, limit) => {
      const from = after ?? page.after
      const all = from === null ? rules : [...rules, `id ${than} ?`]
      const place = from === null ? [] : [from]
      const sql = `SELECT id FROM ${source.from} WHERE ${all.join(' AND ')} ORDER BY id ${direction} LIMIT ?`
      return this.#statements.get(sql).all(...values, ...place, limit)
    }
  }

  /** The domain that is asked for, or all that have settled runs: a look at the index for each. */
  #domains(query: RunQuery): readonly string[] {
    if (query.domain !== null) return [query.domain]
    const found: string[] = []
    for (let next = this.#nextDomain.get(''); typeof next === 'string'; next = this.#nextDomain.get(next))
      found.push(next)
    return found
  }
}

/** What has not ended, and what has but is not settled: small lists all. */
function unsettledOf({ job_id }: RunQuery): readonly Source[] {
  const part = (index: string, rule: string, statuses: readonly RunStatus[]): Source => ({
    from: `runs INDEXED BY ${index}`,
    rules: [rule],
    statuses,
  })
  const live =
    job_id !== null
      ? [part('runs_live', 'live = 1', liveStatuses)]
      : [part('runs_waiting', 'waiting = 1', waiting), part('runs_of_session', 'session IS NOT NULL', out)]
  return [...live, part('runs_open', 'open = 1', finalStatuses)]
}

/** Settled runs, by an index that begins with some columns. */
const settled = (index: string, columns: Readonly<Record<string, string>>): Source => ({
  from: `runs INDEXED BY ${index}`,
  rules: ['settled = 1', ...Object.keys(columns).map((column) => `${column} = ?`)],
  values: Object.values(columns),
  statuses: finalStatuses,
})

const failures: Source = {
  from: 'runs INDEXED BY runs_unsuccessful',
  rules: ['unsuccessful = 1'],
  statuses: unsuccessful,
}

/** Settled runs whose id begins with a text, and whose job's name has it not: those are in their jobs' lists. */
const beginning = (text: string): Source => ({
  from: 'runs',
  rules: ['settled = 1', 'id >= ?', 'id < ?', 'instr(fold(job_name), ?) = 0'],
  values: [text, text + lastCharacter, text.toLowerCase()],
  statuses: finalStatuses,
  isFound: true,
})

function filters(source: Source, query: RunQuery, ids: IdRanges): [rules: string[], values: Value[]] {
  const rules = [...source.rules]
  const values = [...(source.values ?? [])]
  const rule = (sql: string, ...given: readonly Value[]) => {
    if (given.includes(null) || source.rules.includes(sql)) return
    rules.push(sql)
    values.push(...given)
  }
  rule('domain = ?', query.domain)
  rule('job_id = ?', query.job_id)
  rule('user = ?', query.user)
  rule('worker_id = ?', query.worker_id)
  const range = ids.between(query.since, query.until)
  rule('id >= ?', range.from)
  rule('id < ?', range.before)
  rule('created_at >= ?', query.since)
  rule('created_at < ?', query.until)
  if (query.q !== null && source.isFound !== true)
    rule('(instr(fold(job_name), ?) > 0 OR substr(id, 1, ?) = ?)', query.q.toLowerCase(), query.q.length, query.q)
  return [rules, values]
}
