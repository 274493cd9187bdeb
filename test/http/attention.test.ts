import { afterAll, beforeAll, expect, test } from 'vitest'
import { aRun } from '../builders.ts'
import { aPausedJob, type Fields, Service } from './harness.ts'

let service: Service
let other: string
let slow: string
const now = Date.now()
const hour = 3_600_000

beforeAll(async () => {
  service = await Service.open()
  other = await service.domain('other')
  const ended = (took: number) =>
    aRun({
      ...{ status: 'success', created_at: now - hour, job_id: 'a-job', job_name: 'a job', scheduled_ts: now - hour },
      ...{ start_ts: now - hour, end_ts: now - hour + took, effects: [{ kind: 'totals' }] as const },
    })
  const long = ended(60_000)
  slow = long._id
  await service.world.store.runs.insert([...Array.from({ length: 30 }, () => ended(2000)), long])
})
afterAll(() => service.close())

const listed = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : [])

test('what is slow against its own past, and what is late, of the own domain alone', async () => {
  const due = now - 60_000
  const waits = aRun({ job_name: 'waits', created_at: due, scheduled_ts: due, not_before: due })
  await service.world.store.runs.insert([waits])
  const { json } = await service.get('/overview/attention')
  expect(json).toMatchObject({ looked: 31, complete: true })
  expect(json.late).toMatchObject([
    {
      run_id: waits._id,
      name: 'waits',
      state: 'waiting',
      due: new Date(due).toISOString(),
      reason: expect.any(String),
    },
  ])
  expect(listed(json.slow)).toEqual([
    {
      ...{ job_id: 'a-job', name: 'a job', domain: 'prod', run_id: slow, status: 'success', seconds: 60 },
      ...{ p50: expect.closeTo(2, 1), p95: expect.closeTo(2, 1), of: 31 },
    },
  ])
  const before = `until=${new Date(now - 2 * hour).toISOString()}`
  for (const answer of [
    await service.get('/overview/attention', { token: other }),
    await service.get(`/overview/attention?${before}`),
  ])
    expect(answer.json).toEqual({ looked: 0, complete: true, slow: [], late: [] })
  const wrong = await service.get(`/overview/attention?${before}&since=${new Date(now).toISOString()}`)
  expect(wrong.status).toBe(422)
  expect(wrong.json.detail).toBe('since: must be before until')
})

test('what is planned, by time: of all jobs, of one, and of nobody who is paused or of another domain', async () => {
  const every = (interval_seconds: number, start: number) => ({
    schedule: { mode: 'interval', interval_seconds, start_at: new Date(start).toISOString() },
  })
  const next = Math.ceil(now / hour) * hour + hour
  await service.post('/jobs/', aPausedJob())
  const often = await service.post('/jobs/', aPausedJob(every(600, next)))
  await service.post('/jobs/', aPausedJob(every(hour / 1000, next + 60_000)))
  const until = `until=${new Date(next + 2 * hour).toISOString()}&bucket=1h`
  const counts = async (query: string, token?: string) =>
    listed((await service.get(`/stats/planned?${query}`, token ? { token } : {})).json.buckets)
      .filter(({ start }) => Date.parse(String(start)) >= next)
      .map(({ planned }) => planned)
  expect(await counts(until)).toEqual([7, 7])
  expect(await counts(`${until}&job_id=${often.json._id}`)).toEqual([6, 6])
  expect(await counts(until, other)).toEqual([0, 0])
  expect(await counts(`${until}&job_id=${often.json._id}`, other)).toEqual([0, 0])
  expect((await service.get('/stats/planned?until=2020-01-01')).status).toBe(422)
})
