import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aJob, anEntry, aRun, aVersion } from '../../../test/builders.ts'
import { tickOutcomes } from '../../model/ledger.ts'
import { runStatuses } from '../../model/run.ts'
import type { Store } from '../../ports/store.ts'
import { type Db, openDatabase } from './database.ts'
import { logMigrations, mainMigrations } from './schema.ts'
import { composed } from './store.ts'

/** Scans that are meant: small indexes read whole, and the primary key in its own order. */
const meant = [
  // Tables of a handful of rows.
  /^SCAN (domains|worker_records|domain_counts|sessions)$/,
  // The names of jobs, looked through for a text: far fewer than runs, and narrow.
  /^SCAN job_names$/,
  // Partial indexes: what is live, what waits, what is not settled yet, sessions that ended lately.
  /USING (COVERING )?INDEX (runs_waiting|runs_due|runs_open|runs_of_session|sessions_live|sessions_over|requests_open|jobs_open|jobs_ending|jobs_planned)\b/,
  // Failures over all domains, and counting all jobs.
  /USING (COVERING )?INDEX (runs_unsuccessful|jobs_of_domain)\b/,
  // Lists over all domains, by the primary key with a LIMIT.
  /^SCAN (runs|jobs) USING INDEX sqlite_autoindex_\w+_1$/,
  // The ids that the newest runs of a job were merged to.
  /^SCAN \(?subquery/i,
]

const folder = mkdtempSync(join(tmpdir(), 'hydra-plans-'))
const seen = new Map<string, Db>()
let store: Store

/** Notes every statement that is prepared on a database. */
function watched(db: Db): Db {
  const prepare = db.prepare.bind(db)
  return new Proxy(db, {
    get(target, name) {
      if (name === 'prepare')
        return (sql: string) => {
          seen.set(sql, target)
          return prepare(sql)
        }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function planOf(sql: string, db: Db): readonly string[] {
  if (!/^\s*(SELECT|UPDATE|DELETE)/.test(sql)) return []
  // Every `@name` and `?` is bound to null by not being bound.
  const plan = db.prepare<[], { detail: string }>(
    `EXPLAIN QUERY PLAN ${sql.replace(/@\w+/g, 'NULL').replaceAll('?', 'NULL')}`,
  )
  return plan.all().map(({ detail }) => detail)
}

beforeAll(async () => {
  const main = openDatabase(join(folder, 'hydra.db'), mainMigrations)
  store = composed(watched(main), watched(openDatabase(join(folder, 'logs.db'), logMigrations)))
  const job = aJob()
  await store.jobs.insert(job, aVersion(job), aRun({}, job), anEntry())
  const page = { limit: 5, after: 'x', oldestFirst: false }
  const none = {
    domain: null,
    job_id: null,
    status: null,
    worker_id: null,
    user: null,
    since: null,
    until: null,
    q: null,
  }
  for (const oldestFirst of [true, false])
    for (const status of [null, ...runStatuses.map((one) => [one]), runStatuses])
      for (const scope of [{}, { domain: 'prod' }, { job_id: job._id }, { domain: 'prod', job_id: job._id }])
        await store.runs.list({ ...none, status, ...scope }, { ...page, oldestFirst }, 10)
  await store.runs.list({ ...none, domain: 'prod', worker_id: 'w', user: 'u', since: 1, until: 2, q: 'q' }, page, 10)
  for (const some of [
    { worker_id: 'w' },
    { user: 'u' },
    { user: 'u', worker_id: 'w' },
    { since: 1, until: 2 },
    { q: 'q' },
  ])
    for (const domain of [null, 'prod'])
      for (const status of [null, runStatuses.filter((one) => one !== 'success'), ['success'] as const])
        await store.runs.list({ ...none, domain, status, ...some }, page, 10)
  for (const before of [null, 1]) await store.history.runs.endedBefore(before, 'prod', 5)
  for (const outcome of [null, ...tickOutcomes])
    for (const [since, until] of [
      [null, null],
      [1, 2],
    ])
      for (const oldestFirst of [true, false])
        for (const after of [null, '5'])
          await store.jobs.ledger(
            { job_id: job._id, since: since ?? null, until: until ?? null, outcome },
            { ...page, after, oldestFirst },
          )
  for (const domain of [null, 'prod'])
    for (const oldestFirst of [true, false])
      for (const by of [null, 'name', 'updated_at', 'priority', 'next_run_at'] as const)
        for (const value of [null, 1])
          await store.jobs.list(
            { domain, q: 'q', mode: 'cron', enabled: true, queue: 'x' },
            { ...page, oldestFirst, ...(by === null ? {} : { sort: { by, value } }) },
          )
  for (const domain of [null, 'prod'])
    for (const actor of [null, 'ci'])
      for (const object of [null, 'x'])
        for (const since of [null, 1])
          for (const oldestFirst of [true, false])
            await store.audit.list({ domain, actor, object, since }, { ...page, oldestFirst })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

describe('query plans', () => {
  test('no statement scans a table, or sorts what can be many', () => {
    expect(seen.size).toBeGreaterThan(60)
    const bad: string[] = []
    for (const [sql, db] of seen)
      for (const detail of planOf(sql, db))
        if (detail.startsWith('SCAN') && !meant.some((pattern) => pattern.test(detail))) bad.push(`${detail}: ${sql}`)
    expect(bad).toEqual([])
  })

  test('what is read in an order comes in that order from its index', () => {
    const ordered = [...seen.keys()].filter((sql) => /ORDER BY/.test(sql) && /LIMIT/.test(sql))
    const sorted = ordered.filter((sql) => {
      const db = seen.get(sql)
      return db !== undefined && planOf(sql, db).some((detail) => detail.includes('TEMP B-TREE FOR ORDER BY'))
    })
    // The runs that are out are as few as there are slots; the newest of three parts are three times the limit.
    const few = (sql: string) => sql.includes('runs_of_session') || sql.includes('UNION')
    expect(sorted.filter((sql) => !few(sql))).toEqual([])
  })
})
