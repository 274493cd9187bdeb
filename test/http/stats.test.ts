import { afterAll, beforeAll, expect, test } from 'vitest'
import { aRun } from '../builders.ts'
import { type Fields, Service } from './harness.ts'

let service: Service
let other: string
const hour = 3_600_000
const at = Date.parse('2026-05-05T10:20:00Z')

beforeAll(async () => {
  service = await Service.open()
  other = await service.domain('other')
  const ended = (status: 'success' | 'failed' | 'timed_out' | 'cancelled', created_at: number, took: number) =>
    aRun({
      ...{ status, created_at, job_id: 'a-job', scheduled_ts: created_at, start_ts: created_at + 250 },
      ...{ end_ts: created_at + 250 + took, effects: [{ kind: 'totals' }] as const },
    })
  await service.world.store.runs.insert([
    ...Array.from({ length: 18 }, (_, n) => ended('success', at + n, 1000)),
    ended('failed', at, 60_000),
    ended('timed_out', at, 60_000),
    ended('cancelled', at + hour, 5),
    { ...ended('success', at, 1000), domain: 'other', job_id: 'theirs' },
  ])
})
afterAll(() => service.close())

const buckets = (json: Fields): readonly Fields[] => (Array.isArray(json.buckets) ? json.buckets : [])
const span = 'since=2026-05-05T09:30:00Z&until=2026-05-05T12:00:00Z'

test('each bucket has its counts by outcome, and the quantiles of duration and queue time in seconds', async () => {
  const { json } = await service.get(`/stats/runs?${span}&bucket=1h&domain=prod`)
  expect({ ...json, buckets: [] }).toEqual({
    since: '2026-05-05T09:00:00.000Z',
    until: '2026-05-05T12:00:00.000Z',
    bucket: 3600,
    buckets: [],
  })
  const [empty, full, last] = buckets(json)
  const none = { p50: null, p95: null }
  expect(empty).toEqual({
    start: '2026-05-05T09:00:00.000Z',
    ...{ total: 0, success: 0, failed: 0, timed_out: 0, cancelled: 0, duration: none, queue: none },
  })
  expect(full).toMatchObject({ start: '2026-05-05T10:00:00.000Z', total: 20, success: 18, failed: 1, timed_out: 1 })
  const near = (seconds: number) => ({
    asymmetricMatch: (found: unknown) => typeof found === 'number' && Math.abs(found - seconds) <= seconds * 0.011,
  })
  expect(full?.duration).toEqual({ p50: near(1), p95: near(60) })
  expect(full?.queue).toEqual({ p50: near(0.25), p95: near(0.25) })
  expect(last).toMatchObject({ total: 1, cancelled: 1 })
})

test('the same runs in any width, of all domains, of the own one and of a job', async () => {
  const totals = async (query: string, token?: string) =>
    buckets((await service.get(`/stats/runs?${span}&${query}`, token ? { token } : {})).json).reduce(
      (sum, { total }) => sum + Number(total),
      0,
    )
  for (const bucket of ['60', '1m', '7m', '3600', '1h', '1d', '1w']) expect(await totals(`bucket=${bucket}`)).toBe(22)
  expect(await totals('')).toBe(22)
  expect(await totals('', other)).toBe(1)
  expect(await totals('job_id=a-job', other)).toBe(0)
  expect(await totals('job_id=a-job')).toBe(21)
  expect(await totals('job_id=nothing')).toBe(0)
})

test('without a span it is the last day, in at most a hundred buckets', async () => {
  const { json } = await service.get('/stats/runs')
  expect(json.bucket).toBe(900)
  expect(buckets(json).length).toBeLessThanOrEqual(98)
})

test('a bucket that cannot be used, too many of them and a span that is none are refused', async () => {
  for (const [query, sentence] of [
    ['bucket=0', /bucket: must be whole minutes/],
    ['bucket=90', /bucket: must be whole minutes/],
    ['bucket=1', /^bucket: must be whole minutes/],
    ['bucket=soon', /bucket: must be whole minutes/],
    ['bucket=-1h', /bucket: must be whole minutes/],
    ['bucket=99999999999w', /bucket: must be at most ten years/],
    ['bucket=1h&bucket=1d', /bucket: must be whole minutes/],
    ['since=2026-01-01&until=2026-05-01&bucket=1h', /bucket: makes 2880 buckets of this span, and at most 2000/],
    ['since=2026-05-02&until=2026-05-01', /since: must be before until/],
    ['since=never', /since: must be a time/],
  ] as const) {
    const { status, json } = await service.get(`/stats/runs?${query}`)
    expect(status, query).toBe(422)
    expect(json.detail).toMatch(sentence)
    expect(json.errors, query).toHaveLength(1)
  }
  expect((await service.get('/stats/runs', { token: null })).status).toBe(401)
})
