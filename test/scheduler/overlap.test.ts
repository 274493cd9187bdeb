import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryBroker } from '../../src/brokers/memory/memory.ts'
import type { Job } from '../../src/model/job.ts'
import { liveStatuses } from '../../src/model/run.ts'
import { decideTick } from '../../src/model/ticks.ts'
import { newId } from '../../src/runtime/ids.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { ControlPlane } from '../../src/scheduler/control-plane.ts'
import { aJob, aRun, aVersion } from '../builders.ts'
import { aDefinition, admin, type HandWorker, planeConfig, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(() => world.close())

/** A job whose own plan is far away: its ticks are those that a test makes. */
async function planned(schedule: Record<string, unknown>): Promise<Job> {
  const far = { mode: 'interval', interval_seconds: 3600, start_at: '2099-01-01T00:00:00Z', ...schedule }
  return (await world.plane.jobs.submit(admin, aDefinition({ schedule: far }), { adhoc: false, ids: null })).job
}

/** Makes a tick of it due now, and waits until it is decided and finished. */
async function tick(job: Job): Promise<void> {
  const before = await stored(job)
  const next_run_at = Math.max(Date.now(), (before.last_tick ?? 0) + 1)
  await world.store.jobs.replace(before, { ...before, next_run_at, rev: before.rev + 1 }, null)
  // Any edit wakes the loop.
  await world.plane.jobs.update(admin, job._id, { priority: before.version % 10 })
  await world.until('the tick to be finished', async () => {
    const now = await stored(job)
    return now.last_tick === next_run_at && now.due === null
  })
}

async function stored(job: Job): Promise<Job> {
  const found = await world.store.jobs.get(job._id)
  if (found === null) throw new Error('the job is gone')
  return found
}

const live = (job: Job) => world.store.runs.live(job._id, 100)

const ledger = async (job: Job) =>
  (
    await world.store.jobs.ledger(
      { job_id: job._id, since: null, until: null, outcome: null },
      { limit: 100, after: null, oldestFirst: true },
    )
  ).map(({ run, skip }) => run?._id ?? skip)

const types = (runId: string) =>
  world
    .events()
    .filter((event) => event.payload.run_id === runId)
    .map(({ type }) => type)

async function running(worker: HandWorker) {
  const grant = await worker.one()
  await worker.start(grant)
  return grant
}

describe('queue', () => {
  test('one waits, the next is skipped for it, and it goes when the earlier one is over', async () => {
    const worker = await world.worker()
    const job = await planned({ overlap: 'queue' })
    await tick(job)
    const first = await running(worker)
    await tick(job)
    const [, waits] = await live(job)
    expect(waits).toMatchObject({ status: 'pending', hold: { kind: 'overlap', of: first.run_id } })
    expect(await world.plane.views.explain(admin, waits?._id ?? '')).toMatchObject({
      summary: `It waits until the run ${first.run_id} of its job is over.`,
      hold: { kind: 'overlap', of: first.run_id },
    })
    await tick(job)
    const by = { outcome: 'skipped', reason: 'an earlier tick was waiting already', of: waits?._id, count: 1 }
    expect(await ledger(job)).toMatchObject([first.run_id, waits?._id, by])
    expect(types(waits?._id ?? '')).toEqual(['job_scheduled'])
    await worker.end(first)
    expect((await worker.one()).run_id).toBe(waits?._id)
    expect(types(waits?._id ?? '')).toEqual(['job_scheduled', 'job_enqueued', 'job_dispatched'])
    const { reason, of, count } = by
    const skips = world.events().filter(({ type }) => type === 'tick_skipped')
    expect(skips.map(({ payload }) => payload)).toMatchObject([{ job_id: job._id, reason, of, count }])
  })

  test('a run that waits for several goes on from one to the next', async () => {
    const worker = await world.worker()
    const job = await planned({ overlap: 'queue' })
    await world.plane.jobs.run(admin, job._id, { ids: null })
    await world.plane.jobs.run(admin, job._id, { ids: null })
    const grants = [await running(worker), await running(worker)]
    await tick(job)
    const waits = (await live(job)).at(-1)
    expect(waits?.hold?.of).toBe(grants[0]?.run_id)
    if (grants[0]) await worker.end(grants[0])
    await world.until('it to wait for the other', async () => (await live(job)).at(-1)?.hold?.of === grants[1]?.run_id)
    if (grants[1]) await worker.end(grants[1])
    expect((await worker.one()).run_id).toBe(waits?._id)
  })

  test('a run that waits is cancelled at once, by itself and with its job', async () => {
    const worker = await world.worker()
    const job = await planned({ overlap: 'queue' })
    await tick(job)
    const first = await running(worker)
    for (const end of [
      (id: string) => world.plane.runs.cancel(admin, id),
      () => world.plane.jobs.remove(admin, job._id),
    ]) {
      await tick(job)
      const waits = (await live(job)).at(-1)?._id ?? ''
      await end(waits)
      expect(await world.run(waits)).toMatchObject({ status: 'cancelled', hold: null, attempts: [] })
    }
    await worker.end(first, 'cancel', -15)
    expect(await live(job)).toEqual([])
  })
})

describe('replace', () => {
  test('the earlier run is cancelled, and the new one starts when nothing of it is left', async () => {
    const worker = await world.worker()
    const job = await planned({ overlap: 'replace' })
    await tick(job)
    const first = await running(worker)
    await tick(job)
    const second = (await live(job)).at(-1)?._id ?? ''
    expect(await world.run(first.run_id)).toMatchObject({ status: 'running', cancel_requested_by: 'a later tick' })
    expect(await world.run(second)).toMatchObject({ status: 'pending', hold: { of: first.run_id } })
    // One that comes meanwhile replaces the one that waits, and waits itself.
    await tick(job)
    const third = (await live(job)).at(-1)?._id ?? ''
    expect(await world.run(second)).toMatchObject({
      status: 'cancelled',
      completion_reason: 'cancelled by a later tick',
    })
    expect(await world.run(third)).toMatchObject({ status: 'pending', hold: { of: first.run_id } })
    await worker.end(first, 'cancel', -15)
    expect((await worker.one()).run_id).toBe(third)
    expect(await ledger(job)).toEqual([first.run_id, second, third])
  })

  test('what nobody has started yet makes room at once', async () => {
    const job = await planned({ overlap: 'replace' })
    await tick(job)
    await tick(job)
    const [only, ...others] = await live(job)
    expect([only?.hold, others]).toEqual([null, []])
    expect((await (await world.worker()).one()).run_id).toBe(only?._id)
  })
})

describe('what a crash leaves', () => {
  test('a run that waits for one that is over, or gone, is released by the walk', async () => {
    const job = await planned({ overlap: 'queue' })
    const over = aRun({ status: 'success', end_ts: 5, hold: null, domain: 'prod' }, job)
    const waits = [over._id, 'removed by retention'].map((of) => aRun({ hold: { kind: 'overlap', of } }, job))
    await world.store.runs.insert([over, ...waits])
    await world.restart()
    const worker = await world.worker()
    const first = await worker.one()
    await worker.end(first)
    expect([first.run_id, (await worker.one()).run_id]).toEqual(waits.map(({ _id }) => _id))
  })

  test('a tick that replaces, decided but not carried out, cancels and waits all the same', async () => {
    const worker = await world.worker()
    const job = await planned({ overlap: 'replace' })
    await tick(job)
    const first = await running(worker)
    const before = await stored(job)
    const decision = decideTick({ ...before, next_run_at: Date.now() }, Date.now(), null, newId())
    if (decision === null) throw new Error('there is nothing to decide')
    await world.store.jobs.decideTicks([{ ...decision, before }])
    await world.restart()
    const second = await world.until('the tick to be finished', async () => (await live(job))[1])
    expect(second).toMatchObject({ _id: decision.run_id, hold: { kind: 'overlap', of: first.run_id } })
    expect(await world.run(first.run_id)).toMatchObject({ cancel_requested_by: 'a later tick' })
  })

  test('a tick that nobody finished does not wait behind the many jobs that another tenant deleted', async () => {
    const effects = [{ kind: 'cancel_runs' as const, by: 'a tenant' }]
    // They stay open for as long as this test takes.
    const deleted = { domain: 'other', deleted_at: Date.now() + 3_600_000, effects }
    const gone = Array.from({ length: 1000 }, () => aJob(deleted))
    await Promise.all(gone.map((one) => world.store.jobs.insert(one, aVersion(one), null)))
    const before = await planned({})
    const decision = decideTick({ ...before, next_run_at: Date.now() }, Date.now(), null, newId())
    if (decision === null) throw new Error('there is nothing to decide')
    await world.store.jobs.decideTicks([{ ...decision, before }])
    await world.restart()
    expect((await (await world.worker()).one()).run_id).toBe(decision.run_id)
  })

  test('a run written as held after the end of what it waits for is found by whoever wrote it', async () => {
    const job = await planned({ overlap: 'queue' })
    const earlier = aRun({}, job)
    await world.store.runs.insert([earlier])
    const liveOfJobs = world.store.runs.liveOfJobs.bind(world.store.runs)
    let asked = 0
    world.store.runs.liveOfJobs = async (ids) => {
      const found = await liveOfJobs(ids)
      // Between the look of the one that writes the run and its write, the earlier run ends and is settled.
      if (++asked === 2) {
        const after = { ...earlier, status: 'success' as const, end_ts: 5, rev: 2 }
        await world.store.runs.move([{ before: earlier, after, output: null }])
      }
      return found
    }
    await tick(job)
    const released = await world.until('it to go on', async () => (await live(job)).find(({ hold }) => hold === null))
    expect(released).toMatchObject({ trigger: 'schedule', status: 'pending' })
  })
})

test('of two thousand jobs due at one second, decided by two schedulers at once, each has one run and none a skip', async () => {
  const { job } = await world.plane.jobs.submit(
    admin,
    aDefinition({ schedule: { mode: 'cron', cron: '0 0 1 1 *', overlap: 'queue' } }),
    { adhoc: false, ids: null },
  )
  const due = Date.now() - 5000
  const jobs = Array.from({ length: 2000 }, (): Job => ({ ...job, _id: newId(), next_run_at: due, created_at: due }))
  await Promise.all(jobs.map((one) => world.store.jobs.insert(one, aVersion(one), null)))
  const other = new ControlPlane({
    store: world.store,
    broker: new MemoryBroker(),
    config: planeConfig,
    log: silentLog,
  })
  await other.start()
  try {
    // An edit wakes the first one, which has been asleep: both begin.
    await world.plane.jobs.update(admin, job._id, { priority: 1 })
    await world.until('every tick to be finished', async () => {
      const [next, open] = [await world.store.jobs.nextDue(), (await world.store.jobs.withDue(null, 1)).jobs]
      return next !== null && next > due && open.length === 0
    })
  } finally {
    await other.stop()
  }
  for (const one of jobs) expect(await ledger(one)).toHaveLength(1)
  const page = { limit: 5000, after: null, oldestFirst: true }
  const all = await world.store.runs.list(
    {
      domain: null,
      job_id: null,
      status: [...liveStatuses],
      worker_id: null,
      user: null,
      since: null,
      until: null,
      q: null,
    },
    page,
    0,
  )
  expect(new Set(all.map(({ run }) => run.job_id)).size).toBe(2000)
  expect(all).toHaveLength(2000)
  expect(all.every(({ run }) => run.schedule_tick === due && run.hold === null)).toBe(true)
})
