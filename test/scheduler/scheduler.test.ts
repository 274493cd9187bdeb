import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aDefinition, admin, ended, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(() => world.close())

const submit = async (more: Record<string, unknown> = {}) =>
  world.plane.jobs.submit(admin, aDefinition(more), { adhoc: false, ids: null })
const submitRun = async (more: Record<string, unknown> = {}): Promise<string> => {
  const { run_id } = await submit(more)
  if (run_id === null) throw new Error('it has no run')
  return run_id
}
const types = (runId: string) =>
  world
    .events()
    .filter((event) => event.payload.run_id === runId)
    .map((event) => event.type)

describe('a submission', () => {
  test('with a free worker is written as given out, in one write, and told in order', async () => {
    const worker = await world.worker()
    const id = await submitRun()
    expect(await world.run(id)).toMatchObject({ status: 'dispatched', token: 1, rev: 2, worker_id: 'w1', slot: 0 })
    const grant = await worker.one()
    expect(grant).toMatchObject({ run_id: id, token: 1, attempt: 1, definition: { executor: { script: 'true' } } })
    expect(await worker.end(grant)).toMatchObject({ verdict: 'stored' })
    expect(await world.run(id)).toMatchObject({ status: 'success', attempt: 1 })
    expect(types(id)).toEqual(['job_enqueued', 'job_dispatched', 'run_started', 'attempt_finished', 'run_finished'])
  })
  test('without a worker waits, says so, and goes when one comes', async () => {
    const id = await submitRun()
    expect((await world.told('job_pending', id)).payload).toMatchObject({ reason: 'no_worker' })
    const worker = await world.worker()
    expect((await worker.one()).run_id).toBe(id)
    expect(await world.run(id)).toMatchObject({ status: 'dispatched' })
  })
  test('waits for a slot, and goes when one is free', async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const [first, second] = [await submitRun(), await submitRun()]
    const grant = await worker.one()
    expect(grant.run_id).toBe(first)
    expect((await world.run(second)).status).toBe('pending')
    await worker.end(grant)
    expect((await worker.one()).run_id).toBe(second)
  })
  test('that is invalid leaves no trace', async () => {
    await expect(
      submit({
        name: '',
        executor: { type: 'shell', script: ' ' },
        retries: -1,
        schedule: { mode: 'cron', cron: 'x' },
      }),
    ).rejects.toMatchObject({ code: 'INVALID' })
    expect(await world.store.jobs.count(null)).toBe(0)
    await expect(submit({ schedule: { mode: 'cron', cron: '0 0 30 2 *' } })).rejects.toThrow(
      'schedule.cron: never matches: no such day exists',
    )
  })
  test('repeated with the ids of the first finds what that one made', async () => {
    const worker = await world.worker()
    const ids = { job_id: 'j1', run_id: 'r1' }
    for (let i = 0; i < 3; i += 1) await world.plane.jobs.submit(admin, aDefinition(), { adhoc: false, ids })
    await worker.end(await worker.one())
    expect(await world.store.runs.byIds(['r1'])).toHaveLength(1)
    expect(
      (
        await world.store.runs.list(
          { domain: null, job_id: 'j1', status: null, worker_id: null, user: null, since: null, until: null, q: null },
          { limit: 9, after: null, oldestFirst: false },
          0,
        )
      ).length,
    ).toBe(1)
  })
})

describe('the fence', () => {
  test('a report under another token, or from another session, is stale and changes nothing', async () => {
    const worker = await world.worker()
    const id = await submitRun()
    const grant = await worker.one()
    expect(await worker.end({ ...grant, token: 7 })).toMatchObject({ verdict: 'stale' })
    const other = await world.worker({ worker_id: 'w2' })
    expect(await other.end(grant)).toMatchObject({ verdict: 'stale' })
    expect((await world.run(id)).status).toBe('dispatched')
    await worker.end(grant)
    expect(await worker.end(grant, 'exit', 1)).toMatchObject({ verdict: 'stale' })
    expect((await world.run(id)).status).toBe('success')
  })
  test('an end is applied only when every chunk before it is stored', async () => {
    const worker = await world.worker()
    const id = await submitRun()
    const grant = await worker.one()
    const chunk = (seq: number) => ({
      run_id: id,
      attempt: 1,
      seq,
      stream: 'stdout' as const,
      offset: seq - 1,
      pos: seq - 1,
      line: 1,
      cont: seq > 1,
      ts: 1,
      bytes: Buffer.from('x'),
    })
    expect(await worker.report(grant, { start_ts: 1, chunks: [chunk(1)] })).toMatchObject({
      verdict: 'stored',
      stored_seq: 1,
    })
    expect(
      await worker.report(grant, { start_ts: 1, chunks: [chunk(3)], ended: { ...ended('exit', 0), last_seq: 3 } }),
    ).toMatchObject({ verdict: 'resend', stored_seq: 1 })
    expect((await world.run(id)).status).toBe('running')
    expect(
      await worker.report(grant, {
        start_ts: 1,
        chunks: [chunk(1), chunk(2), chunk(3)],
        ended: { ...ended('exit', 0), last_seq: 3 },
      }),
    ).toMatchObject({ verdict: 'stored', stored_seq: 3 })
    expect((await world.run(id)).status).toBe('success')
    expect((await world.store.logs.read(id, { attempt: 0, seq: 0 }, 1000)).map((one) => one.seq)).toEqual([1, 2, 3])
  })
})

describe('retries and cancels', () => {
  test('a failed attempt goes again at once, the second one waits', async () => {
    const worker = await world.worker()
    const id = await submitRun({ retries: 2 })
    await worker.end(await worker.one(), 'exit', 1)
    const second = await worker.one()
    expect(second).toMatchObject({ run_id: id, attempt: 2 })
    await worker.end(second, 'exit', 1)
    expect(await world.run(id)).toMatchObject({ status: 'retrying', retries_remaining: 0 })
    const third = await worker.one()
    expect(third.attempt).toBe(3)
    await worker.end(third, 'exit', 1)
    expect(await world.run(id)).toMatchObject({
      status: 'failed',
      attempt: 3,
      completion_reason: 'exit code 1 not in [0]',
    })
  })
  test('a cancel of what waits is final at once; of what runs, its worker is told', async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const told: string[] = []
    world.plane.desk.onCancel(worker.session, (held) => told.push(held.run_id))
    const [first, second] = [await submitRun(), await submitRun()]
    const grant = await worker.one()
    await worker.start(grant)
    expect((await world.plane.runs.cancel(admin, second)).run.status).toBe('cancelled')
    await expect(world.plane.runs.cancel(admin, second)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await world.plane.runs.cancel(admin, first)).run).toMatchObject({ status: 'running' })
    expect(told).toEqual([first])
    expect((await worker.renew([grant])).cancel).toMatchObject([{ run_id: first }])
    await worker.end(grant, 'cancel', -15)
    expect(await world.run(first)).toMatchObject({ status: 'cancelled', completion_reason: 'cancelled by admin' })
  })
  test('a retry by hand is a new run of the job as it is now', async () => {
    const worker = await world.worker()
    const { job, run_id } = await submit()
    await expect(world.plane.runs.retry(admin, run_id ?? '', { ids: null })).rejects.toMatchObject({ code: 'CONFLICT' })
    await worker.end(await worker.one(), 'exit', 1)
    await world.plane.jobs.update(admin, job._id, { timeout: 7 })
    const again = await world.plane.runs.retry(admin, run_id ?? '', { ids: null })
    expect((await worker.one()).definition.timeout).toBe(7)
    expect((await world.run(again.run_id)).job_version).toBe(2)
  })
  test('an edit before a retry does not change the run: every attempt executes the version it was created with', async () => {
    const worker = await world.worker()
    const { job } = await submit({ retries: 1 })
    const first = await worker.one()
    await world.plane.jobs.update(admin, job._id, { executor: { script: 'false' } })
    await worker.end(first, 'exit', 1)
    expect((await worker.one()).definition.executor).toMatchObject({ script: 'true' })
  })
})

describe('a deletion', () => {
  test('takes the job from every list, cancels what waits and tells what runs', async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const { job, run_id } = await submit()
    const grant = await worker.one()
    const waits = await world.plane.jobs.run(admin, job._id, { ids: null })
    expect(await world.plane.jobs.remove(admin, job._id)).toEqual({ cancelled: 2 })
    await expect(world.plane.jobs.get(admin, job._id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await world.run(waits.run_id)).status).toBe('cancelled')
    await worker.end(grant, 'cancel', -15)
    expect((await world.run(run_id ?? '')).status).toBe('cancelled')
  })
})

describe('intervals', () => {
  test('tick once each, on the grid, and skip while an earlier run is live', async () => {
    const worker = await world.worker()
    const { job } = await submit({ schedule: { mode: 'interval', interval_seconds: 1 } })
    const first = await worker.one()
    expect(await world.run(first.run_id)).toMatchObject({ schedule_tick: job.created_at, trigger: 'schedule' })
    await world.told('tick_skipped')
    await worker.end(first)
    const second = await worker.one()
    const tick = (await world.run(second.run_id)).schedule_tick ?? 0
    expect((tick - job.created_at) % 1000).toBe(0)
    const rows = await world.store.jobs.ledger(
      { job_id: job._id, since: null, until: null, outcome: 'skipped' },
      { limit: 10, after: null, oldestFirst: false },
    )
    expect(rows[0]?.skip).toMatchObject({
      from: job.created_at + 1000,
      to: tick - 1000,
      count: (tick - job.created_at) / 1000 - 1,
      of: first.run_id,
    })
  })
  test('a pause stops them, a change of the name does not', async () => {
    const { job } = await submit({
      schedule: { mode: 'interval', interval_seconds: 3600, start_at: '2099-01-01T00:00:00Z' },
    })
    const renamed = await world.plane.jobs.update(admin, job._id, { name: 'other' })
    expect(renamed).toMatchObject({ next_run_at: Date.parse('2099-01-01T00:00:00Z'), version: 2 })
    const paused = await world.plane.jobs.update(admin, job._id, { schedule: { enabled: false } })
    expect(paused.next_run_at).toBeNull()
    expect(paused.schedules[0]).toMatchObject({ mode: 'interval', interval_seconds: 3600, enabled: false })
    await expect(world.plane.jobs.update(admin, job._id, { _id: 'x', surprise: 1 })).rejects.toMatchObject({
      code: 'NOTHING_TO_UPDATE',
    })
  })
})

describe('after a restart', () => {
  test("what waited waits still, and what was given out is the worker's still", async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const [first, second] = [await submitRun(), await submitRun()]
    const grant = await worker.one()
    await worker.start(grant)
    await world.restart()
    const again = await world.worker({ max_concurrency: 1 })
    expect(again.session).toBe(worker.session)
    expect((await again.renew([grant])).forget).toEqual([])
    expect(await again.end(grant)).toMatchObject({ verdict: 'stored' })
    expect((await world.run(first)).status).toBe('success')
    expect((await again.one()).run_id).toBe(second)
  })
  test('a grant that never reached its worker is sent again, under the same token', async () => {
    const worker = await world.worker()
    const id = await submitRun()
    await world.restart()
    const again = await world.worker()
    expect((await again.renew()).again).toEqual([])
    expect((await again.renew()).again).toMatchObject([{ run_id: id, token: 1, attempt: 1 }])
    expect(again.session).toBe(worker.session)
  })
  test('a worker without its memory is another one: what the old one had is lost and runs again', async () => {
    const worker = await world.worker()
    const id = await submitRun()
    await worker.start(await worker.one())
    await world.restart()
    const other = await world.worker({}, 'another-secret')
    const grant = await other.one()
    expect(grant).toMatchObject({ run_id: id, attempt: 2 })
    expect(grant.token).toBeGreaterThan(1)
    expect((await world.run(id)).attempts[0]).toMatchObject({ outcome: 'lost' })
  })
})

test('renewals that lay somewhere say nothing of what was begun since; two in a row that were sent later do', async () => {
  const worker = await world.worker()
  const { desk } = world.plane
  const before = performance.now()
  const id = await submitRun()
  await worker.start(await worker.one())
  // The store was away, and now all that were sent meanwhile are read, one after the other.
  for (let n = 0; n < 3; n += 1) await desk.renewal(worker.session, [], before)
  expect(await world.run(id)).toMatchObject({ status: 'running', attempts: [{ outcome: null }] })
  await worker.renew()
  expect((await world.run(id)).attempts[0]).toMatchObject({ outcome: 'lost' })
})

test('a goodbye gives back what was never claimed or never told as started, consuming nothing', async () => {
  const worker = await world.worker()
  const claimed = await submitRun()
  expect((await worker.one()).run_id).toBe(claimed)
  const id = await submitRun()
  await world.plane.desk.goodbye(worker.session)
  for (const run of [id, claimed])
    expect(await world.run(run)).toMatchObject({ status: 'pending', failovers: 0, attempts: [] })
  await world.plane.runs.cancel(admin, claimed)
  const next = await world.worker({ worker_id: 'w2' })
  expect((await next.one()).run_id).toBe(id)
})
