import type { Run, RunStatus } from '../../model/run.ts'
import { finalStatuses, liveStatuses, runStatuses } from '../../model/run.ts'
import type { Page, RunQuery } from '../../ports/store.ts'
import type { Db } from './database.ts'
import { readRun } from './run-rows.ts'
import { Statements, type Value } from './statements.ts'

/** Where runs of some statuses are read from: an index in the order of ids. */
interface Source {
  readonly from: string
  readonly where: string | null
  readonly statuses: readonly RunStatus[] | null
}

interface Row {
  readonly id: string
  readonly doc: string
}

const waiting: readonly RunStatus[] = ['pending', 'retrying']
const out: readonly RunStatus[] = ['dispatched', 'running']
const unsuccessful: readonly RunStatus[] = finalStatuses.filter((status) => status !== 'success')

/**
 * Pages of runs, by id: merged from a page of each part that holds some of what is asked for (see schema.ts). What is
 * rare has a small index of its own, so a page of failures does not walk over a million successes.
 */
export class RunLists {
  readonly #statements: Statements<Row>

  constructor(db: Db) {
    this.#statements = new Statements(db)
  }

  page(query: RunQuery, page: Page): readonly Run[] {
    const rows = sourcesOf(query).flatMap((source) => this.#rows(source, query, page))
    const sign = page.oldestFirst ? 1 : -1
    rows.sort((one, other) => (one.id < other.id ? -sign : sign))
    return rows.slice(0, page.limit).map((row) => readRun(row.doc))
  }

  #rows(source: Source, query: RunQuery, page: Page): Row[] {
    const [rules, values] = filters(source, query, page)
    const sql = `SELECT id, doc FROM ${source.from} ${rules.length > 0 ? `WHERE ${rules.join(' AND ')}` : ''}
      ORDER BY id ${page.oldestFirst ? 'ASC' : 'DESC'} LIMIT ?`
    return this.#statements.get(sql).all(...values, page.limit)
  }
}

/** The parts that hold what is asked for, each run in one of them. */
function sourcesOf(query: RunQuery): readonly Source[] {
  // Over all domains and jobs the primary key is the order itself.
  if (query.status === null && query.domain === null && query.job_id === null)
    return [{ from: 'runs', where: null, statuses: null }]
  const asked = new Set<RunStatus>(query.status ?? runStatuses)
  const sources: Source[] = []
  const add = (index: string, where: string, statuses: readonly RunStatus[]) => {
    const wanted = statuses.filter((status) => asked.has(status))
    if (wanted.length === 0) return
    sources.push({ from: `runs INDEXED BY ${index}`, where, statuses: wanted })
  }
  if (query.job_id !== null) add('runs_live', 'live = 1', liveStatuses)
  else {
    add('runs_waiting', 'waiting = 1', waiting)
    add('runs_of_session', 'session IS NOT NULL', out)
  }
  if (!asked.has('success')) {
    add('runs_unsuccessful', 'unsuccessful = 1', unsuccessful)
    return sources
  }
  add('runs_open', 'open = 1', finalStatuses)
  const whole = query.job_id !== null ? 'runs_of_job' : 'runs_of_domain'
  if (query.job_id === null && query.domain === null)
    sources.push({ from: 'runs', where: 'settled = 1', statuses: finalStatuses.filter((status) => asked.has(status)) })
  else add(whole, 'settled = 1', finalStatuses)
  return sources
}

function filters(source: Source, query: RunQuery, page: Page): [rules: string[], values: Value[]] {
  const rules: string[] = []
  const values: Value[] = []
  const rule = (sql: string, ...given: readonly (Value | undefined)[]) => {
    if (given.some((value) => value === null || value === undefined)) return
    rules.push(sql)
    for (const value of given) values.push(value ?? null)
  }
  if (source.where !== null) rule(source.where)
  if (source.statuses && source.statuses !== finalStatuses)
    rule(`status IN (${source.statuses.map(() => '?').join(', ')})`, ...source.statuses)
  rule('domain = ?', query.domain)
  rule('job_id = ?', query.job_id)
  rule(page.oldestFirst ? 'id > ?' : 'id < ?', page.after)
  rule('worker_id = ?', query.worker_id)
  rule('user = ?', query.user)
  rule('created_at >= ?', query.since)
  rule('created_at < ?', query.until)
  if (query.q !== null)
    rule('(instr(fold(job_name), ?) > 0 OR substr(id, 1, ?) = ?)', query.q.toLowerCase(), query.q.length, query.q)
  return [rules, values]
}
