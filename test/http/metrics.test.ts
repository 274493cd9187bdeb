import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Metrics } from '../../src/runtime/metrics.ts'
import { aJob, Service } from './harness.ts'

let service: Service
let open: Service
beforeAll(async () => {
  service = await Service.open({}, new Metrics())
  open = await Service.open({ metricsPublic: true }, new Metrics())
})
afterAll(async () => {
  await service.close()
  await open.close()
})

/** The value of a line, by its name and labels. */
const valueIn = (text: string, name: string): number | null => {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

test('what runs, waits and works is measured by domain, outcome and state, and never by job or run', async () => {
  const { world } = service
  const worker = await world.worker()
  const ids: string[] = []
  for (const returncode of [0, 0, 1]) {
    ids.push(String((await service.post('/jobs/', aJob())).json._id))
    const grant = await worker.one()
    ids.push(grant.run_id)
    await worker.end(grant, 'exit', returncode)
  }
  await service.post('/jobs/', aJob({ queue: 'nobody' }))
  const look = async () => (await service.get('/metrics')).text
  const outcomes = (text: string) =>
    ['success', 'failed'].map((outcome) => valueIn(text, `hydra_runs_ended_total{domain="prod",outcome="${outcome}"}`))
  const text = await world.until('the ended runs are counted', async () => {
    const found = await look()
    return outcomes(found).join() === '2,1' ? found : null
  })
  for (const name of ['run_duration', 'run_queue', 'dispatch'])
    expect(valueIn(text, `hydra_${name}_seconds_count{domain="prod"}`), name).toBe(3)
  expect(valueIn(text, 'hydra_queue_depth{domain="prod"}')).toBe(1)
  expect(valueIn(text, 'hydra_queue_age_seconds{domain="prod"}')).toBeGreaterThanOrEqual(0)
  expect(valueIn(text, 'hydra_workers{domain="prod",status="online"}')).toBe(1)
  expect(valueIn(text, 'hydra_slots{domain="prod",state="free"}')).toBe(4)
  expect(valueIn(text, 'hydra_loop_age_seconds{loop="dispatch"}')).toBeGreaterThanOrEqual(0)
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'process_open_fds'])
    expect(valueIn(text, name), name).not.toBeNull()
  for (const id of ids) expect(text).not.toContain(id)
})

test('it needs the admin token, unless METRICS_PUBLIC is set', async () => {
  const theirs = await service.domain('theirs')
  const { status, headers } = await service.get('/metrics')
  expect({ status, type: headers['content-type'] }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  })
  expect((await service.get('/metrics', { token: theirs })).status).toBe(403)
  expect((await service.get('/metrics', { token: null })).status).toBe(401)
  expect((await open.get('/metrics', { token: null })).status).toBe(200)
  expect((await open.get('/metrics', { token: 'a wrong one' })).status).toBe(200)
})

test('the documentation names every metric, and none that is not there', async () => {
  const { text } = await service.get('/metrics')
  const names = (found: string, pattern: RegExp) => new Set([...found.matchAll(pattern)].map(([, name]) => name))
  const docs = readFileSync(new URL('../../docs/figures.md', import.meta.url), 'utf8')
  expect(names(docs, /`(hydra_\w+)\{/g)).toEqual(names(text, /^# TYPE (hydra_\w+)/gm))
})
