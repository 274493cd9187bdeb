import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newId } from '../../src/runtime/ids.ts'
import { aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

const under = (key: string) => ({ headers: { 'idempotency-key': key } })
const count = async (name: string): Promise<number> =>
  (await service.get('/jobs/')).list.filter((job) => job.name === name).length

test('a repeat under the same key answers the same and makes nothing new', async () => {
  const definition = aPausedJob({ name: 'once' })
  const one = await service.post('/jobs/', definition, under('k1'))
  const two = await service.post('/jobs', definition, under('k1'))
  expect([one.status, two.status]).toEqual([201, 201])
  expect(two.text).toBe(one.text)
  expect(await count('once')).toBe(1)
})

test('another body under the same key is refused', async () => {
  expect((await service.post('/jobs/', aPausedJob({ name: 'other' }), under('k1'))).status).toBe(422)
  expect(await count('other')).toBe(0)
})

test('while the first is under way, a repeat is told so', async () => {
  const definition = aPausedJob({ name: 'twice at once' })
  const answers = await Promise.all([1, 2, 3].map(() => service.post('/jobs/', definition, under('k2'))))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
  expect(await count('twice at once')).toBe(1)
})

test('a key holds per token, domain and route', async () => {
  const a = await service.domain('a')
  const job = (await service.post('/jobs/', aPausedJob())).json._id
  const other = (await service.post('/jobs/', aPausedJob())).json._id
  const first = await service.post(`/jobs/${job}/run`, undefined, under('k3'))
  expect((await service.post(`/jobs/${job}/run`, undefined, under('k3'))).json.run_id).toBe(first.json.run_id)
  expect((await service.post(`/jobs/${other}/run`, undefined, under('k3'))).json.job_id).toBe(other)
  const made = [
    await service.post('/jobs/adhoc', aJob({ name: 'k3' }), under('k3')),
    await service.post('/jobs/', aJob({ name: 'k3' }), under('k3')),
    await service.post('/jobs/', aJob({ name: 'k3' }), { token: a, ...under('k3') }),
    await service.post('/jobs/?domain=a', aJob({ name: 'k3' }), under('k3')),
  ]
  expect(new Set(made.map(({ json }) => json._id)).size).toBe(4)
})

test('a repeat finishes what a crash cut off after the record was written, with the ids of the record', async () => {
  const { requests } = service.world.store
  const begin = requests.begin
  const ids = { job_id: newId(), run_id: newId() }
  requests.begin = async (record) => {
    await begin.call(requests, { ...record, ids })
    throw new Error('killed here')
  }
  const definition = aJob({ name: 'cut off', queue: 'nobody' })
  expect((await service.post('/jobs/', definition, under('k4'))).status).toBe(500)
  requests.begin = begin
  const again = await service.post('/jobs/', definition, under('k4'))
  expect([again.status, again.json._id]).toEqual([201, ids.job_id])
  expect((await service.get(`/jobs/${ids.job_id}/runs`)).list.map((run) => run._id)).toEqual([ids.run_id])
})

test('a repeat finds what was made before a crash kept the answer from being stored', async () => {
  const { requests } = service.world.store
  const finish = requests.finish
  requests.finish = async () => {
    throw new Error('killed here')
  }
  const job = (await service.post('/jobs/', aPausedJob())).json._id
  const definition = aJob({ name: 'made', queue: 'nobody' })
  expect((await service.post('/jobs/', definition, under('k5'))).status).toBe(500)
  expect((await service.post(`/jobs/${job}/run`, undefined, under('k5'))).status).toBe(500)
  requests.finish = finish
  const again = await service.post('/jobs/', definition, under('k5'))
  expect(again.status).toBe(201)
  expect(await count('made')).toBe(1)
  expect((await service.get(`/jobs/${again.json._id}/runs`)).list).toHaveLength(1)
  expect((await service.post(`/jobs/${job}/run`, undefined, under('k5'))).status).toBe(201)
  expect((await service.get(`/jobs/${job}/runs`)).list).toHaveLength(1)
})

test('a repeat carries the same Location and ETag', async () => {
  const job = await service.post('/jobs/', aPausedJob(), under('k7'))
  const run = await service.post(`/jobs/${job.json._id}/run`, undefined, under('k7'))
  const again = [
    await service.post('/jobs/', aPausedJob(), under('k7')),
    await service.post(`/jobs/${job.json._id}/run`, undefined, under('k7')),
  ]
  expect(again.map(({ headers }) => [headers.location, headers.etag])).toEqual([
    [`/jobs/${job.json._id}`, '"1"'],
    [`/runs/${run.json.run_id}`, undefined],
  ])
  expect([job, run].map(({ headers }) => [headers.location, headers.etag])).toEqual(
    again.map(({ headers }) => [headers.location, headers.etag]),
  )
})

test('what was refused leaves its key free, for the same and for the mended request', async () => {
  for (const body of [{ name: '' }, { name: '' }]) {
    const refused = await service.post('/jobs/', body, under('k6'))
    expect([refused.status, refused.json.title]).toEqual([422, 'Invalid'])
  }
  expect((await service.post('/jobs/nope/run', undefined, under('k6'))).status).toBe(404)
  expect((await service.post('/jobs/', aPausedJob({ name: 'mended' }), under('k6'))).status).toBe(201)
  expect((await service.post('/jobs/', aPausedJob({ name: 'mended' }), under('k6'))).status).toBe(201)
  expect(await count('mended')).toBe(1)
})

test('what another scheduler is at is told, taken up when it was cut off, and never forgotten by a repeat', async () => {
  const { requests } = service.world.store
  const shared = vi.spyOn(service.world.plane.hub, 'isShared', 'get').mockReturnValue(true)
  const begin = requests.begin
  const ids = { job_id: newId(), run_id: newId() }
  const begunAgo = (ms: number) => {
    requests.begin = (record) => begin.call(requests, { ...record, ids, created_at: record.created_at - ms })
  }
  begunAgo(0)
  const told = await service.post('/jobs/', aPausedJob({ name: 'elsewhere' }), under('k8'))
  expect([told.status, told.json.type]).toEqual([409, 'urn:hydra:error:IN_PROGRESS'])
  begunAgo(5000)
  const refused = await service.post('/jobs/', { name: '' }, under('k9'))
  const taken = await service.post('/jobs/', aPausedJob({ name: 'cut off there' }), under('k10'))
  requests.begin = begin
  expect([refused.status, taken.status, taken.json._id]).toEqual([422, 201, ids.job_id])
  // The record stands: another body is another body.
  expect((await service.post('/jobs/', { name: 7 }, under('k9'))).json.type).toBe('urn:hydra:error:KEY_REUSED')
  shared.mockRestore()
})

test('a key that cannot be one is refused', async () => {
  expect((await service.post('/jobs/', aPausedJob(), under('k'.repeat(300)))).status).toBe(422)
})
