import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Run } from '../../src/model/run.ts'
import { aRun } from '../builders.ts'
import { type Answered, type Asked, aJob, aPausedJob, Service } from './harness.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await Service.open()
  token = await service.domain('acme')
})
afterAll(() => service.close())

const bulk = (of: 'jobs' | 'runs', body: unknown, asked: Asked = {}): Promise<Answered> =>
  service.post(`/${of}/bulk`, body, { token, ...asked })

/** The preview, and then the act. */
async function confirmed(of: 'jobs' | 'runs', body: Record<string, unknown>, asked: Asked = {}): Promise<Answered> {
  const preview = await bulk(of, body, asked)
  expect(preview.status).toBe(200)
  return bulk(of, { ...body, confirm: preview.json.confirm }, asked)
}

const make = async (more: Record<string, unknown> = {}, asked: Asked = { token }): Promise<string> =>
  String((await service.post('/jobs/', aPausedJob(more), asked)).json._id)
const enabled = async (id: string): Promise<unknown> =>
  Object((await service.get(`/jobs/${id}`, { token })).json.schedule).enabled
const statusOf = async (id: string): Promise<number> => (await service.get(`/jobs/${id}`, { token })).status

/** A run of a job as it stands in the store. */
async function stored(jobId: string, ...runs: readonly Partial<Run>[]): Promise<readonly string[]> {
  const job = await service.world.store.jobs.get(jobId)
  if (job === null) throw new Error('there is no job')
  return service.world.store.runs.insert(runs.map((run) => aRun(run, job)))
}

describe('jobs in bulk', () => {
  test('a preview tells how many match and shows some, and changes nothing; its confirm does it', async () => {
    const ids = [await make({ queue: 'one' }), await make({ queue: 'one', name: 'second' })]
    const [other, foreign] = [await make({ queue: 'two' }), await make({ queue: 'one' }, {})]
    const body = { action: 'resume', filter: { queue: 'one' } }
    const preview = await bulk('jobs', body)
    expect(preview.json).toEqual({
      matched: 2,
      sample: [
        { id: ids[1], name: 'second' },
        { id: ids[0], name: 'a job' },
      ],
      confirm: expect.any(String),
    })
    expect(await Promise.all(ids.map(enabled))).toEqual([false, false])
    const done = await bulk('jobs', { ...body, confirm: preview.json.confirm })
    expect([done.status, done.json]).toEqual([200, { matched: 2, done: 2, failed: [] }])
    expect(await Promise.all([...ids, other].map(enabled))).toEqual([true, true, false])
    expect((await service.get(`/jobs/${foreign}`)).json.version).toBe(1)
    expect((await service.get(`/jobs/${ids[0]}`, { token })).json).toMatchObject({ version: 2 })
    // What stands as asked is not found by a filter, and left as it is where it is named.
    expect((await bulk('jobs', body)).json.matched).toBe(0)
    expect((await confirmed('jobs', { action: 'resume', ids })).json).toMatchObject({ done: 2 })
    expect((await service.get(`/jobs/${ids[0]}`, { token })).json).toMatchObject({ version: 2 })
    expect((await confirmed('jobs', { action: 'pause', filter: { q: 'SECOND' } })).json.done).toBe(1)
    expect(await Promise.all(ids.map(enabled))).toEqual([true, false])
    const audit = (await service.get('/audit/', { token })).list.filter(({ object }) => object === ids[1])
    expect(audit.map(({ action }) => action)).toEqual(['job.update', 'job.update', 'job.create'])
  })

  test('jobs are run and deleted; what cannot be done to one is listed and holds up no other', async () => {
    const [one, two, gone] = [await make({ queue: 'x' }), await make({ queue: 'x' }), await make({ queue: 'x' })]
    const foreign = await make({}, {})
    await service.ask('DELETE', `/jobs/${gone}`, { token })
    const run = await confirmed('jobs', { action: 'run', ids: [two, foreign, gone, one, one, 'nobody'] })
    expect(run.json.matched).toBe(2)
    expect(run.json.done).toBe(2)
    const missing = [foreign, gone, 'nobody'].map((id) => ({ id, detail: `There is no job ${id}.` }))
    expect(run.json.failed).toEqual(expect.arrayContaining(missing))
    for (const id of [one, two]) expect((await service.get(`/jobs/${id}/runs`, { token })).list).toHaveLength(1)
    expect((await confirmed('jobs', { action: 'delete', filter: { queue: 'x' } })).json).toEqual({
      matched: 2,
      done: 2,
      failed: [],
    })
    expect(await Promise.all([one, two].map(statusOf))).toEqual([404, 404])
    expect((await service.get(`/jobs/${foreign}`)).status).toBe(200)
  })

  test('when more match by now, nothing is done; fewer are fine', async () => {
    const first = await make({ queue: 'grows' })
    const body = { action: 'delete', filter: { queue: 'grows' } }
    const { json } = await bulk('jobs', body)
    const second = await make({ queue: 'grows' })
    const refused = await bulk('jobs', { ...body, confirm: json.confirm })
    expect([refused.status, refused.json.detail]).toEqual([
      409,
      'More jobs match by now: 2, and 1 when it was previewed; look at a new preview.',
    ])
    // As many as before, but not the same.
    await service.ask('DELETE', `/jobs/${first}`, { token })
    expect((await bulk('jobs', { ...body, confirm: json.confirm })).status).toBe(409)
    await service.ask('DELETE', `/jobs/${second}`, { token })
    expect((await bulk('jobs', { ...body, confirm: json.confirm })).json).toMatchObject({ matched: 0, done: 0 })
  })

  test('a confirm holds for its act, its token and a few minutes', async () => {
    await make({ queue: 'sealed' })
    const body = { action: 'delete', filter: { queue: 'sealed' } }
    const confirm = String((await bulk('jobs', body)).json.confirm)
    const status = async (more: Record<string, unknown>, asked: Asked = {}): Promise<unknown[]> => {
      const answer = await bulk('jobs', { ...body, confirm, ...more }, asked)
      return [answer.status, answer.json.errors]
    }
    const not = [422, [{ path: 'confirm', message: 'is not the one of a preview of just this, by this token' }]]
    expect(await status({ action: 'run' })).toEqual(not)
    expect(await status({ filter: { all: true } })).toEqual(not)
    expect(await status({ filter: undefined, ids: ['x'] })).toEqual(not)
    expect(await status({ confirm: `${confirm}x` })).toEqual(not)
    expect(await status({ confirm: `x.${confirm.split('.')[1]}` })).toEqual(not)
    expect(await status({}, { token: await service.domain('other') })).toEqual(not)
    const admin = String((await service.post('/jobs/bulk?domain=acme', body)).json.confirm)
    expect((await service.post('/jobs/bulk', { ...body, confirm: admin })).status).toBe(422)
    service.world.plane.clock.offset += 11 * 60_000
    expect(await status({})).toEqual([422, [{ path: 'confirm', message: 'holds no longer: look at a new preview' }]])
    service.world.plane.clock.offset = 0
    expect((await service.get('/jobs/?queue=sealed', { token })).list).toHaveLength(1)
  })

  test('a lost filter is not everything, and what is no filter is refused with every fault', async () => {
    const faults = async (of: 'jobs' | 'runs', body: unknown): Promise<unknown> => {
      const { status, json } = await bulk(of, body)
      return status === 422 ? json.errors : status
    }
    const some = 'must name something; for everything say {"all": true}'
    const either = 'give either ids or a filter, and not both'
    const left = 'must not be empty: leave it out'
    expect(await faults('jobs', { action: 'delete', filter: {} })).toEqual([{ path: 'filter', message: some }])
    expect(await faults('jobs', { action: 'delete' })).toEqual([{ path: 'filter', message: either }])
    expect(await faults('jobs', { action: 'delete', ids: ['x'], filter: { q: 'x' } })).toEqual([
      { path: 'filter', message: either },
    ])
    expect(await faults('jobs', { action: 'explode', filter: { q: '', mode: 'often', name: 'x' } })).toEqual([
      { path: 'filter.q', message: left },
      { path: 'action', message: 'must be one of pause, resume, run, delete' },
      { path: 'filter.mode', message: 'must be one of immediate, interval, cron' },
      { path: 'filter.name', message: 'is no filter here' },
    ])
    expect(await faults('runs', { action: 'cancel', filter: { status: [], since: null, until: 'soon' } })).toEqual([
      { path: 'filter.since', message: left },
      { path: 'filter.status', message: left },
      { path: 'filter.until', message: 'must be a time such as 2026-01-31T08:00:00Z' },
    ])
    expect(await faults('runs', { filter: { queue: 'x' } })).toEqual([
      { path: 'action', message: 'must be one of cancel, retry' },
      { path: 'filter.queue', message: 'is no filter here' },
    ])
    expect(await faults('jobs', { action: 'run', filter: { all: true, q: 'x' } })).toEqual([
      { path: 'filter.all', message: 'is everything: give it alone, or leave it out' },
    ])
    expect(await faults('jobs', { action: 'run', ids: [] })).toEqual([{ path: 'ids', message: 'must not be empty' }])
    expect(await faults('jobs', { action: 'run', ids: 'all' })).toEqual([
      { path: 'ids', message: 'must be a list of ids' },
    ])
    expect((await bulk('jobs', { action: 'run', filter: { all: true }, surprise: 1 })).status).toBe(200)
    expect((await bulk('jobs', undefined)).status).toBe(400)
    expect((await bulk('jobs', [])).status).toBe(400)
  })

  test('many are done in pieces, and other requests are answered in between', async () => {
    const count = 300
    await Promise.all(Array.from({ length: count }, () => make({ queue: 'many' })))
    const order: string[] = []
    const act = confirmed('jobs', { action: 'delete', filter: { queue: 'many' } }).then(({ json }) => {
      order.push('act')
      return json
    })
    await service.world.until('the act has begun', async () => {
      const { list } = await service.get('/jobs/?queue=many&limit=1000', { token })
      return list.length < count && list.length > 0
    })
    order.push('seen')
    expect(await act).toEqual({ matched: count, done: count, failed: [] })
    expect(order).toEqual(['seen', 'act'])
  })

  test('under an Idempotency-Key a repeat starts no run twice, also after a crash cut the first one off', async () => {
    const ids = [await make(), await make()]
    const body = { action: 'run', ids }
    const { confirm } = (await bulk('jobs', body)).json
    const asked: Asked = { headers: { 'idempotency-key': 'a bulk run' } }
    const first = await bulk('jobs', { ...body, confirm }, asked)
    const again = await bulk('jobs', { ...body, confirm }, asked)
    expect([again.status, again.text]).toEqual([200, first.text])
    // As if the answer had never been stored.
    const { requests } = service.world.store
    const finish = requests.finish
    requests.finish = () => Promise.reject(new Error('the process ended here'))
    const cut: Asked = { headers: { 'idempotency-key': 'cut off' } }
    expect((await bulk('jobs', { ...body, confirm }, cut)).status).toBe(500)
    requests.finish = finish
    expect((await bulk('jobs', { ...body, confirm }, cut)).json).toEqual({ matched: 2, done: 2, failed: [] })
    for (const id of ids) expect((await service.get(`/jobs/${id}/runs`, { token })).list).toHaveLength(2)
  })
})

describe('runs in bulk', () => {
  test('a filter finds what can be cancelled or retried; named ones say why they cannot', async () => {
    const job = await make({ name: 'their job' })
    const { list } = await service.get(`/jobs/${job}/runs`, { token })
    expect(list).toEqual([])
    const waiting = String((await service.post(`/jobs/${job}/run`, {}, { token })).json.run_id)
    const [failed, success] = await stored(
      job,
      { status: 'failed', end_ts: 5, start_ts: 1 },
      { status: 'success', end_ts: 5, start_ts: 1, user: 'ann' },
    )
    const filter = { job_id: job }
    const preview = await bulk('runs', { action: 'cancel', filter })
    expect(preview.json).toMatchObject({
      matched: 1,
      sample: [{ id: waiting, job_id: job, name: 'their job', status: 'pending' }],
    })
    expect((await bulk('runs', { action: 'cancel', filter: { ...filter, status: 'success' } })).json.matched).toBe(0)
    expect((await bulk('runs', { action: 'retry', filter: { user: 'ann' } })).json.matched).toBe(1)
    const done = await confirmed('runs', { action: 'cancel', ids: [waiting, failed, 'nobody'] })
    expect(done.json).toMatchObject({ matched: 2, done: 1 })
    expect(done.json.failed).toEqual(
      expect.arrayContaining([
        { id: failed, detail: 'The run is final: failed.' },
        { id: 'nobody', detail: 'There is no run nobody.' },
      ]),
    )
    const retried = await confirmed('runs', { action: 'retry', filter: { ...filter, status: ['failed', 'success'] } })
    expect(retried.json).toEqual({ matched: 2, done: 2, failed: [] })
    const runs = (await service.get(`/jobs/${job}/runs`, { token })).list
    expect(runs.filter(({ status }) => status === 'pending')).toHaveLength(2)
    expect(runs.map(({ _id }) => _id)).toEqual(expect.arrayContaining([waiting, failed, success]))
  })

  test('of an admin they span all domains, or one; a token that reads may not', async () => {
    const [mine, theirs] = [await make({}, { token }), await make({}, {})]
    for (const id of [mine, theirs]) await stored(id, { status: 'pending', user: 'spanning' })
    const body = { action: 'cancel', filter: { user: 'spanning' } }
    const matched = async (url: string) => (await service.post(url, body)).json.matched
    expect([await matched('/runs/bulk'), await matched('/runs/bulk?domain=acme')]).toEqual([2, 1])
    expect((await bulk('runs', body)).json.matched).toBe(1)
    const reader = await service.post('/admin/domains/acme/tokens', { name: 'eyes', role: 'read' })
    expect((await bulk('runs', body, { token: String(reader.json.token) })).status).toBe(403)
  })

  test('a run that fits no worker is one of those that are cancelled while others come and go', async () => {
    const job = String((await service.post('/jobs/', aJob({ queue: 'nobody' }), { token })).json._id)
    const done = await confirmed('runs', { action: 'cancel', filter: { job_id: job, status: 'pending,running' } })
    expect(done.json).toEqual({ matched: 1, done: 1, failed: [] })
    const [run] = (await service.get(`/jobs/${job}/runs`, { token })).list
    expect(run).toMatchObject({ status: 'cancelled', completion_reason: 'cancelled by default' })
  })
})
