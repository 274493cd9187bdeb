import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Run, type RunStatus, runStatuses } from '../../src/model/run.ts'
import { iso } from '../../src/model/time.ts'
import { aRun } from '../builders.ts'
import { aPausedJob, type Fields, Service } from './harness.ts'

let service: Service
let id: string
let runs: readonly Run[]
const at = Date.parse('2026-05-05T10:00:00Z')

beforeAll(async () => {
  service = await Service.open()
  id = String((await service.post('/jobs/', aPausedJob({ name: 'drawn' }))).json._id)
  await service.post('/jobs/', aPausedJob({ name: 'never ran' }))
  const { store } = service.world
  const job = await store.jobs.get(id)
  if (job === null) throw new Error('there is no job')
  const made = (status: RunStatus, n: number): Run => {
    const isFinal = ['success', 'failed', 'timed_out', 'cancelled'].includes(status)
    const start_ts = status === 'pending' || status === 'dispatched' ? null : at + n * 1000
    const run = aRun({ status, start_ts, session: status === 'running' || status === 'dispatched' ? 's' : null }, job)
    return isFinal ? { ...run, end_ts: at + n * 1000 + 1500, effects: [{ kind: 'totals' }] } : run
  }
  const some = Array.from({ length: 110 }, (_, n) => made('success', n))
  runs = [...some, ...runStatuses.map((status, n) => made(status, 200 + n))]
  await store.runs.insert(runs)
  // Some are in the totals already, the others are not yet.
  await store.runs.settle(runs.filter((run, n) => n % 2 === 0 && run.end_ts !== null))
})
afterAll(() => service.close())

const markOf = (run: Run): Fields => ({
  run_id: run._id,
  status: run.status,
  start_ts: run.start_ts === null ? null : iso(run.start_ts),
  end_ts: run.end_ts === null ? null : iso(run.end_ts),
  duration: run.end_ts === null || run.start_ts === null ? null : 1.5,
})

test('grid, gantt and graph are drawn from the newest hundred runs, oldest first', async () => {
  const marks = runs
    .toSorted((one, other) => (one._id < other._id ? -1 : 1))
    .slice(-100)
    .map(markOf)
  const look = async (view: string) => (await service.get(`/jobs/${id}/${view}`)).json
  expect(await look('grid')).toEqual({
    tasks: [{ task_id: 'task_main', label: 'drawn', instances: marks }],
    runs: marks,
  })
  expect(await look('gantt')).toEqual({ entries: marks })
  expect(await look('graph')).toEqual({
    nodes: [{ id: 'task_main', label: 'drawn', status: marks.at(-1)?.status }],
    edges: [],
  })
})

test('the overview has a row for each job, newest first, with what its runs add up to', async () => {
  const { list } = await service.get('/overview/jobs')
  expect(list.map(({ name }) => name)).toEqual(['never ran', 'drawn'])
  const [idle] = list
  expect(idle).toMatchObject({
    total_runs: 0,
    success_runs: 0,
    failed_runs: 0,
    queued_runs: 0,
    last_run: null,
    recent_runs: [],
  })
  const [row] = (await service.get(`/overview/jobs?job_id=${id}`)).list
  expect(Object.keys(row ?? {})).toEqual([
    ...['job_id', 'name', 'schedule_mode', 'timezone', 'total_runs', 'success_runs', 'failed_runs', 'queued_runs'],
    ...['last_run', 'recent_runs'],
  ])
  const started = runs
    .filter(({ start_ts }) => start_ts !== null)
    .map(({ _id }) => _id)
    .toSorted()
    .reverse()
  expect(row).toMatchObject({ job_id: id, schedule_mode: 'interval', queued_runs: 2 })
  expect(row).toMatchObject({ total_runs: runs.length, success_runs: 111, failed_runs: 2 })
  const recent = Array.isArray(row?.recent_runs) ? row.recent_runs : []
  expect(recent.map((run: Fields) => run._id)).toEqual(started.slice(0, 12))
  expect(Object(row?.last_run)).toMatchObject({ _id: started[0], stdout_tail: '', stderr_tail: '' })
  expect((await service.get('/overview/jobs?job_id=nothing')).list).toEqual([])
})
