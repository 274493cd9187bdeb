import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import type { Run } from '../../src/model/run.ts'
import { noMeter } from '../../src/model/vitals.ts'
import { newId } from '../../src/runtime/ids.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { Clock } from '../../src/scheduler/clock.ts'
import { EffectsLoop } from '../../src/scheduler/effects.ts'
import { Housekeeping } from '../../src/scheduler/housekeeping/housekeeping.ts'
import { aChunk, aRun, aVersion } from '../builders.ts'
import { aPausedJob, type Fields, Service } from './harness.ts'

const day = 86_400_000
let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

/** Housekeeping of its own, `later` ms from now, until it finds nothing more to do. */
async function tidy(later = 0, keepFor: number | null = 90 * day, ended: readonly string[] = []): Promise<void> {
  const { store, hub, broker, jobs } = service.world.plane
  const clock = new Clock(async () => Date.now())
  const housekeeping = new Housekeeping({ store, hub, broker, jobs, clock, keepFor, log: silentLog })
  housekeeping.ended(ended)
  clock.offset = later
  for (let pass = 0; (await housekeeping.runOnce()).nextIn !== undefined; pass += 1) expect(pass).toBeLessThan(500)
}

const make = async (more: Record<string, unknown> = {}, token?: string): Promise<Job> => {
  const { json } = await service.post('/jobs/', aPausedJob(more), token === undefined ? {} : { token })
  return jobOf(String(json._id))
}

async function jobOf(id: string): Promise<Job> {
  const job = await service.world.store.jobs.get(id)
  if (job === null) throw new Error('there is no job')
  return job
}

/** Runs of a job that ended some days ago, each with output and a log, settled as the effects loop does it. */
async function past(job: Job, ages: readonly number[], more: Partial<Run> = {}): Promise<readonly string[]> {
  const { store } = service.world
  const runs = ages.map((age): Run => {
    const at = Date.now() - age * day
    const ended = { created_at: at, start_ts: at, end_ts: at, status: 'success' as const }
    return aRun({ ...ended, effects: [{ kind: 'totals' }], ...more }, job)
  })
  await store.runs.insert(runs)
  const moved = runs.map((run) => ({ ...run, rev: 2 }))
  const output = { stdout: 'hello\n', stderr: '' }
  await store.runs.move(runs.map((before, at) => ({ before, after: moved[at] ?? before, output })))
  await store.logs.append(runs.map(({ _id }) => aChunk({ run_id: _id })))
  await store.runs.settle(moved)
  return runs.map(({ _id }) => _id)
}

const there = async (ids: readonly string[]): Promise<readonly boolean[]> =>
  Promise.all(ids.map(async (id) => (await service.get(`/runs/${id}`)).status === 200))
const overview = async (job: Job): Promise<Fields> => {
  const [row] = (await service.get(`/overview/jobs?job_id=${job._id}`)).list
  const { total_runs, success_runs, failed_runs } = row ?? {}
  return { total_runs, success_runs, failed_runs }
}
const versions = async (job: Job): Promise<readonly unknown[]> =>
  (await service.get(`/jobs/${job._id}/versions`)).list.map(({ version }) => version)

describe('old history', () => {
  test('entries of the audit go when they are old, and none before', async () => {
    const job = await make()
    const audit = async () => (await service.get(`/audit/?object=${job._id}`)).list.length
    await tidy(89 * day)
    await tidy(200 * day, null)
    expect(await audit()).toBe(1)
    await tidy(91 * day)
    expect(await audit()).toBe(0)
  })

  test('runs that ended long ago go with their output and logs, the others stay, and no figure falls', async () => {
    const job = await make()
    const ids = await past(job, [200, 91, 89, 0])
    const [live] = await past(job, [200], { status: 'running', session: 's', end_ts: null, effects: [] })
    const stats = async () => (await service.get(`/stats/runs?since=2020-01-01&bucket=1w&job_id=${job._id}`)).text
    const before = [await overview(job), await stats()]
    await tidy()
    expect(await there([...ids, live ?? ''])).toEqual([false, false, true, true, true])
    expect((await service.get(`/runs/${ids[0]}/log`)).status).toBe(404)
    for (const [at, id] of ids.entries()) expect(await service.world.store.logs.size(id)).toHaveLength(at < 2 ? 0 : 1)
    expect([await overview(job), await stats()]).toEqual(before)
    expect((await service.get(`/jobs/${job._id}/runs`)).list).toHaveLength(3)
  })

  test('with RETENTION_DAYS=0 nothing goes by its age', async () => {
    const job = await make()
    const ids = await past(job, [5000])
    await tidy(1000 * day, null)
    expect(await there(ids)).toEqual([true])
  })

  test('versions go when they were replaced long ago and no run has them', async () => {
    const [used, unused] = [await make(), await make()]
    for (const job of [used, unused])
      for (const name of ['two', 'three']) await service.put(`/jobs/${job._id}`, { name })
    await past(used, [0])
    await tidy(89 * day)
    expect([await versions(used), await versions(unused)]).toEqual([
      [3, 2, 1],
      [3, 2, 1],
    ])
    await tidy(91 * day, 90 * day)
    expect(await versions(unused)).toEqual([3])
  })
})

describe('keep_runs', () => {
  test('the newest stay, soon after a run ended, and the totals tell of all', async () => {
    const job = await make({ keep_runs: 2 })
    const ids = await past(job, [0, 0, 0, 0, 0])
    await tidy(0, null, [job._id])
    expect(await there(ids)).toEqual([true, true, true, true, true])
    await tidy(6000, null)
    expect(await there(ids)).toEqual([false, false, false, true, true])
    expect(await overview(job)).toMatchObject({ total_runs: 5, success_runs: 5 })
    await service.put(`/jobs/${job._id}`, { keep_runs: 1 })
    await tidy(6000, null)
    expect(await there(ids)).toEqual([false, false, false, false, true])
  })

  test('the effects loop tells of which jobs runs ended', async () => {
    const final = aRun({ status: 'failed', effects: [{ kind: 'totals' }] })
    const runs = { withEffects: async () => [final, final, aRun({ job_id: 'another' })], settle: async () => {} }
    const told: string[] = []
    const settled = (ids: Iterable<string>): void => void told.push(...ids)
    await new EffectsLoop({
      store: { runs },
      holds: { look: async () => {} },
      meter: noMeter,
      settled,
      log: silentLog,
    }).runOnce()
    expect(told).toEqual([final.job_id, 'another'])
  })

  test('a run stays while a request that was cut off may make it again', async () => {
    const job = await make({ keep_runs: 1 })
    const first = '0190a000-0000-7000-8000-000000000001'
    await past(job, [0], { _id: first, tick_key: `run:${first}` })
    const [, last] = await past(job, [0, 0])
    const { requests } = service.world.store
    const ids = { job_id: newId(), run_id: first }
    await requests.begin({ _id: 'cut off', body_hash: 'h', ids, answer: null, created_at: Date.now() })
    await tidy(6000, null)
    expect((await service.get(`/jobs/${job._id}/runs`)).list.map(({ _id }) => _id)).toEqual([last, first])
    await requests.finish('cut off', { status: 201, body: '{}' })
    await tidy(6000, null)
    expect((await service.get(`/jobs/${job._id}/runs`)).list.map(({ _id }) => _id)).toEqual([last])
  })
})

test('a deleted job is forgotten a day after its last run is gone, and not before', async () => {
  const { store } = service.world
  const [withRun, without] = [await make(), await make()]
  const [run] = await past(withRun, [0])
  for (const { _id } of [withRun, without]) await service.ask('DELETE', `/jobs/${_id}`)
  for (const { _id } of [withRun, without]) {
    const job = await jobOf(_id)
    await store.jobs.replace(job, { ...job, effects: [], rev: job.rev + 1 }, null)
  }
  const left = async () => Promise.all([withRun, without].map(async ({ _id }) => (await store.jobs.get(_id)) !== null))
  await tidy(day)
  expect(await left()).toEqual([true, true])
  await tidy(2 * day)
  expect(await left()).toEqual([true, false])
  await tidy(91 * day)
  expect(await there([run ?? ''])).toEqual([false])
  expect(await left()).toEqual([false, false])
})

test('what a removed domain left goes soon, what came late too, and then its name is free and tells of nothing', async () => {
  const { store, plane } = service.world
  const token = await service.domain('acme')
  const [job, late] = [await make({ key: 'one' }, token), await make({}, token)]
  const runs = await past(job, [0, 1])
  const seen = plane.hub.tip('acme')
  expect((await service.ask('DELETE', '/admin/domains/acme')).status).toBe(200)
  // Another scheduler believed in the token for a moment longer.
  const written: Job = { ...(await jobOf(late._id)), _id: newId(), deleted_at: null, key: null }
  await store.jobs.insert(written, aVersion(written), null)
  const again = await service.post('/admin/domains', { domain: 'acme' })
  expect([again.status, again.json.detail]).toEqual([409, expect.stringContaining('try again in a minute')])
  await tidy(0, null)
  expect(await there(runs)).toEqual([false, false])
  expect((await service.post('/admin/domains', { domain: 'acme' })).status).toBe(409)
  for (const { _id } of [job, late, written]) {
    const found = await store.jobs.get(_id)
    if (found) await store.jobs.replace(found, { ...found, effects: [], rev: found.rev + 1 }, null)
  }
  await tidy(16_000, null)
  const next = await service.post('/admin/domains', { domain: 'acme' })
  expect(next.status).toBe(201)
  const mine = { token: String(next.json.token) }
  for (const path of ['/jobs/', '/runs/']) expect((await service.get(path, mine)).list).toEqual([])
  expect((await service.get(`/stats/runs?job_id=${job._id}`, mine)).text).not.toMatch(/"total":[^0]/)
  expect(plane.hub.read('acme', seen, 10)).toEqual({ events: [], reset: true })
  expect((await service.post('/jobs/', aPausedJob({ key: 'one' }), mine)).status).toBe(201)
})
