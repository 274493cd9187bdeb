import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedStore } from '../../bench/seed.ts'
import type { Run } from '../../src/model/run.ts'
import type { RunQuery, Store } from '../../src/ports/store.ts'
import { openStore } from '../../src/stores/open.ts'

const plan = { jobs: 200, runs: 2000, pending: 20, days: 3, until: Date.parse('2026-06-01T00:00:00Z') }
const folder = mkdtempSync(join(tmpdir(), 'hydra-test-'))
let store: Store
beforeAll(async () => {
  await seedStore(folder, plan)
  store = await openStore(`sqlite:${folder}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const every: RunQuery = {
  ...{ domain: null, job_id: null, status: null, worker_id: null },
  ...{ user: null, since: null, until: null, q: null },
}

async function all(query: Partial<RunQuery>): Promise<readonly Run[]> {
  const found: Run[] = []
  for (;;) {
    const page = { limit: 100, after: found.at(-1)?._id ?? null, oldestFirst: false }
    const some = await store.runs.list({ ...every, ...query }, page, 0)
    found.push(...some.map(({ run }) => run))
    if (some.length < page.limit) return found
  }
}

test('a seeded store holds what was planned, and its counts are those of its rows', async () => {
  const runs = await all({})
  expect(runs).toHaveLength(plan.runs + plan.pending)
  expect(await store.jobs.count(null)).toBe(plan.jobs)
  expect(await store.runs.countPending(null)).toBe(plan.pending)
  for (const { domain } of await store.domains.all()) {
    const theirs = runs.filter((run) => run.domain === domain)
    expect((await store.domains.counts(domain)).runs, domain).toBe(theirs.length)
  }
  const jobs = [...new Set(runs.map((run) => run.job_id))]
  for (const figures of await store.jobs.figures(jobs, 12)) {
    const theirs = runs.filter((run) => run.job_id === figures.job_id)
    expect(figures.total).toBe(theirs.length)
    expect(figures.success).toBe(theirs.filter(({ status }) => status === 'success').length)
  }
})

test('whatever filters are asked for together, the pages hold the runs that fit them', async () => {
  const runs = await all({})
  const middle = runs[1000]
  if (middle === undefined) throw new Error('there is no such run')
  const { user, worker_id, job_id, created_at, job_name, domain } = middle
  const filters: readonly Partial<RunQuery>[] = [
    ...[{ user }, { worker_id }, { job_id }, { since: created_at }, { until: created_at }, { domain }],
    ...[{ q: job_name.toUpperCase() }, { q: 'backup' }, { q: middle._id.slice(0, 9) }],
    ...[{ status: ['failed'] as const }, { status: ['success', 'pending'] as const }],
  ]
  const fits = (run: Run, query: Partial<RunQuery>): boolean =>
    (query.domain === undefined || run.domain === query.domain) &&
    (query.user === undefined || run.user === query.user) &&
    (query.worker_id === undefined || run.worker_id === query.worker_id) &&
    (query.job_id === undefined || run.job_id === query.job_id) &&
    (!query.since || run.created_at >= query.since) &&
    (!query.until || run.created_at < query.until) &&
    (!query.status || query.status.includes(run.status)) &&
    (!query.q || run.job_name.toLowerCase().includes(query.q.toLowerCase()) || run._id.startsWith(query.q))
  for (const one of filters)
    for (const other of filters) {
      const query = { ...one, ...other }
      const expected = runs.filter((run) => fits(run, query)).map((run) => run._id)
      expect(
        (await all(query)).map((run) => run._id),
        JSON.stringify(query),
      ).toEqual(expected)
    }
})
