import { afterEach, beforeEach, expect, test } from 'vitest'
import { aCard } from '../contract/broker.suite.ts'
import { adminToken, aJob, Service } from './harness.ts'

let service: Service
beforeEach(async () => {
  service = await Service.open()
})
afterEach(() => service.close())

const secret = 'a-secret-of-the-worker'

/** A worker of domain `a` over HTTP, and a run that was given to it. */
async function workerOfA() {
  const token = await service.domain('a')
  const card = aCard({ domain: 'a' })
  const { session } = (await service.post('/link/register', { card, secret }, { token })).json
  await service.post('/jobs/', aJob(), { token })
  const { grants } = (await service.post('/link/claim', { session, secret, free: 1 }, { token })).json
  const [grant] = Array.isArray(grants) ? grants : []
  const report = (more: Record<string, unknown>) => {
    const { run_id, token: number, attempt } = grant
    const blank = { run_id, token: number, attempt, start_ts: 1, chunks: [], ended: null, never_started: false }
    return service.post('/link/report', { session, secret, reports: [{ ...blank, ...more }] }, { token })
  }
  return { run: String(grant.run_id), report }
}

const aChunk = (run_id: string, text: string, more: Record<string, unknown> = {}) => ({
  run_id,
  attempt: 1,
  seq: 1,
  stream: 'stdout',
  offset: 0,
  pos: 0,
  line: 1,
  cont: false,
  ts: 1,
  bytes: Buffer.from(text).toString('base64'),
  ...more,
})

test('output that a worker reports goes into the log of the run it was given, whatever run it names', async () => {
  const { run, report } = await workerOfA()
  const { json } = await service.post('/jobs/', aJob({ queue: 'nobody' }))
  const foreign = String((await service.get(`/jobs/${json._id}/runs`)).list[0]?._id)
  expect((await report({ chunks: [aChunk(foreign, 'smuggled\n')] })).status).toBe(200)
  expect((await service.get(`/runs/${foreign}/log`)).text).toBe('')
  expect((await service.get(`/runs/${run}/log`)).text).toBe('smuggled\n')
})

test('a chunk that no store takes in one piece is refused', async () => {
  const { run, report } = await workerOfA()
  expect((await report({ chunks: [aChunk(run, 'x'.repeat(1_200_000))] })).status).toBe(422)
  expect((await service.get(`/runs/${run}/log`)).text).toBe('')
})

test('a time that no list could write is refused, and the lists are what they were', async () => {
  const { report } = await workerOfA()
  expect((await report({ start_ts: 1e300 })).status).toBe(422)
  expect((await service.get('/runs/')).list).toMatchObject([{ status: 'dispatched', start_ts: null }])
})

test('who reads a log that is shorter than its worker said is cut off, and does not wait for the rest', async () => {
  const { run, report } = await workerOfA()
  await report({ chunks: [aChunk(run, 'short\n', { pos: 5000, offset: 5000 })] })
  const url = `${await service.server.listen()}/runs/${run}/log`
  const answer = await fetch(url, { headers: { 'x-api-key': adminToken } })
  // Refused as long as nothing was sent, else cut off.
  const end = answer.status === 409 ? 'refused' : await answer.text().catch(() => 'cut off')
  expect(['refused', 'cut off']).toContain(end)
})

test('what a worker tells of its machine is checked, and shown to its domain alone', async () => {
  const [a, b] = [await service.domain('a'), await service.domain('b')]
  const { session } = (await service.post('/link/register', { card: aCard({ domain: 'a' }), secret }, { token: a }))
    .json
  const id = aCard().worker_id
  const renew = (host?: unknown) => service.post('/link/renew', { session, secret, held: [], host }, { token: a })
  expect(await renew({ load_average: -1, memory_free: 'much', memory_total: 1 })).toMatchObject({ status: 422 })
  for (const nothing of [undefined, null]) expect((await renew(nothing)).status).toBe(200)
  expect((await service.get(`/workers/${id}/load`, { token: a })).json).toEqual({
    worker_id: id,
    domain: 'a',
    samples: [],
  })
  expect((await renew({ load_average: null, memory_free: 1, memory_total: 2 })).status).toBe(200)
  const told = await service.world.until('the sample', async () => {
    const { samples } = (await service.get(`/workers/${id}/load`, { token: a })).json
    return Array.isArray(samples) && samples.length > 0 && samples
  })
  expect(told).toEqual([{ ts: expect.any(Number), load_average: null, memory_free: 1, memory_total: 2 }])
  const foreign = await service.get(`/workers/${id}/load`, { token: b })
  expect([foreign.status, foreign.json.detail]).toEqual([404, `There is no worker ${id}.`])
  await service.post('/link/register', { card: aCard({ domain: 'b' }), secret }, { token: b })
  expect((await service.get(`/workers/${id}/load`)).status).toBe(409)
  expect((await service.get(`/workers/${id}/load?domain=b`)).json).toMatchObject({ domain: 'b', samples: [] })
})
