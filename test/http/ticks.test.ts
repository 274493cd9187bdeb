import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import { decideTick } from '../../src/model/ticks.ts'
import { newId } from '../../src/runtime/ids.ts'
import { aJob, aRun, aVersion } from '../builders.ts'
import { Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

const begin = Date.parse('2026-03-01T00:00:00Z')
const minute = 60_000
const time = (n: number): string => new Date(begin + n * minute).toISOString()

/** A job of which nine ticks were decided, each minute one: run, run, two skips, run, four missed. */
async function aHistory(domain = 'prod'): Promise<{ job: Job; runs: readonly string[] }> {
  const { jobs } = service.world.store
  const schedule = { mode: 'interval', interval_seconds: 60, end_at: time(8) }
  let job = aJob({ next_run_at: begin, domain, created_at: begin }, { schedule })
  const runs: string[] = []
  await jobs.insert(job, aVersion(job), null)
  for (const [at, live] of [[0], [1], [2, 'stuck'], [3, 'stuck'], [4], [9]] as const) {
    const id = newId()
    const now = begin + at * minute
    const decision = decideTick(job, now + 5, live ? { oldest: live, waiting: null } : null, id)
    if (decision === null) throw new Error('there is nothing to decide')
    await jobs.decideTicks([decision])
    const made = {
      _id: id,
      schedule_tick: decision.tick,
      created_at: now + (at === 1 ? 12_000 : 5),
      status: 'success',
    } as const
    const run = decision.run_id === null ? null : aRun({ ...made, tick_key: `${job._id}:main:${decision.tick}` }, job)
    if (run !== null) runs.push(id)
    await jobs.finishTicks([{ job: decision.after, run }])
    job = { ...decision.after, due: null, rev: decision.after.rev + 1 }
  }
  return { job, runs }
}

test('the ledger has every tick: its run, or the row that says why it has none', async () => {
  const { job, runs } = await aHistory()
  const { status, list } = await service.get(`/jobs/${job._id}/ticks`)
  expect(status).toBe(200)
  const ran = { count: 1, reason: null, of: null, status: 'success' }
  const none = { run_id: null, status: null }
  const unattended = { reason: 'missed while no scheduler was running', of: null }
  expect(list).toEqual([
    { ...ran, outcome: 'late', from: time(8), to: time(8), run_id: runs[3], reason: 'made 60 s after its time' },
    { ...none, outcome: 'missed', from: time(5), to: time(7), count: 3, ...unattended },
    { ...ran, outcome: 'run', from: time(4), to: time(4), run_id: runs[2] },
    {
      ...none,
      outcome: 'skipped',
      from: time(2),
      to: time(3),
      count: 2,
      reason: 'an earlier run was not final',
      of: 'stuck',
    },
    { ...ran, outcome: 'late', from: time(1), to: time(1), run_id: runs[1], reason: 'made 12 s after its time' },
    { ...ran, outcome: 'run', from: time(0), to: time(0), run_id: runs[0] },
  ])
})

test('it is narrowed by time and outcome, and paged', async () => {
  const { job } = await aHistory()
  const ticks = async (query: string) =>
    (await service.get(`/jobs/${job._id}/ticks?${query}`)).list.map(({ from }) => from)
  expect(await ticks('outcome=late')).toEqual([time(8), time(1)])
  expect(await ticks('outcome=missed')).toEqual([time(5)])
  expect(await ticks(`since=${time(3)}&until=${time(5)}`)).toEqual([time(4), time(2)])
  expect(await ticks('order=asc&limit=2')).toEqual([time(0), time(1)])
  const first = await service.get(`/jobs/${job._id}/ticks?limit=4`)
  const next = /<([^>]*)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? ''
  const second = await service.get(next)
  expect([...first.list, ...second.list].map(({ from }) => from)).toEqual(await ticks(''))
  expect(second.headers.link).toBeUndefined()
  const other = await aHistory()
  expect((await service.get(next.replace(job._id, other.job._id))).status).toBe(422)
})

test('a job that is foreign, deleted or not there has no ledger; what cannot be used is a fault', async () => {
  const [mine, foreign, gone] = [await aHistory(), await aHistory('elsewhere'), await aHistory()]
  const token = await service.domain('mine')
  await service.domain('elsewhere')
  await service.ask('DELETE', `/jobs/${gone.job._id}`)
  const missing = await service.get('/jobs/none/ticks', { token })
  expect(missing.status).toBe(404)
  for (const { job } of [mine, foreign, gone]) {
    const answer = await service.get(`/jobs/${job._id}/ticks`, { token })
    expect(answer).toMatchObject({ status: 404, text: missing.text.replace('none', job._id) })
  }
  expect((await service.get(`/jobs/${gone.job._id}/ticks`)).status).toBe(404)
  expect((await service.get(`/jobs/${foreign.job._id}/ticks`)).list).toHaveLength(6)
  for (const query of ['outcome=lost', 'since=yesterday', 'limit=0', 'cursor=x'])
    expect((await service.get(`/jobs/${mine.job._id}/ticks?${query}`)).status).toBe(422)
})

test('the run of an immediate job is its one tick; manual ones are none', async () => {
  const { json } = await service.post('/jobs/', { name: 'now', executor: { type: 'shell', script: 'true' } })
  await service.post(`/jobs/${json._id}/run`)
  const { list } = await service.get(`/jobs/${json._id}/ticks`)
  expect(list).toMatchObject([{ outcome: 'run', from: json.created_at, to: json.created_at, status: 'pending' }])
})
