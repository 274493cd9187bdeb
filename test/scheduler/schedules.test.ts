import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import type { LedgerRow } from '../../src/model/ledger.ts'
import { aDefinition, admin, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await world.close()
})

const hour = 3_600_000

/** A job as if it had been made a while ago, and planned since; the loop has not seen it yet. */
async function plannedSince(ago: number, schedule: Record<string, unknown>): Promise<Job> {
  const far = { start_at: '2099-01-01T00:00:00Z' }
  const given = { mode: 'interval', interval_seconds: 3600, ...schedule }
  const { job } = await world.plane.jobs.submit(admin, aDefinition({ schedule: { ...given, ...far } }), {
    adhoc: false,
    ids: null,
  })
  const [stored] = job.schedules
  const begin = Date.now() - ago
  const after: Job = {
    ...job,
    schedules: [{ ...stored, start_at: begin }],
    created_at: begin,
    next_run_at: begin,
    rev: job.rev + 1,
  }
  await world.store.jobs.replace(job, after, null)
  return after
}

/** Wakes the loop by another job's plan, and waits until this one's ticks are decided and finished. */
async function decided(job: Job): Promise<Job> {
  await world.plane.jobs.submit(admin, aDefinition({ schedule: { mode: 'cron', cron: '@yearly' } }), {
    adhoc: false,
    ids: null,
  })
  return world.until('its ticks to be decided', async () => {
    const now = await stored(job)
    return now.due === null && (now.next_run_at ?? Number.POSITIVE_INFINITY) > Date.now() ? now : null
  })
}

async function stored(job: Job): Promise<Job> {
  const found = await world.store.jobs.get(job._id)
  if (found === null) throw new Error('the job is gone')
  return found
}

const ledger = (job: Job): Promise<readonly LedgerRow[]> =>
  world.store.jobs.ledger(
    { job_id: job._id, since: null, until: null, outcome: null },
    { limit: 1000, after: null, oldestFirst: true },
  )

const typesOf = (job: Job) =>
  world
    .events()
    .filter(({ payload }) => payload.job_id === job._id)
    .map(({ type }) => type)

describe('missed ticks', () => {
  test('run_once: one late run, one record of the others, and both are told, in order', async () => {
    const job = await plannedSince(5.5 * hour, {})
    await decided(job)
    const [missed, late] = await ledger(job)
    expect(missed?.skip).toMatchObject({ from: job.next_run_at, count: 5, outcome: 'missed', of: null })
    expect(late?.run).toMatchObject({ schedule_tick: (job.next_run_at ?? 0) + 5 * hour, hold: null })
    expect(typesOf(job).slice(1)).toEqual(['tick_skipped', 'job_scheduled', 'job_enqueued', 'job_pending'])
  })

  test('run_all: each has a run of its own, and overlap holds for them in turn', async () => {
    const [all, queued] = [
      await plannedSince(5.5 * hour, { misfire: 'run_all', overlap: 'allow' }),
      await plannedSince(5.5 * hour, { misfire: 'run_all', overlap: 'queue' }),
    ]
    await decided(all)
    await decided(queued)
    const ticks = (await ledger(all)).map(({ run }) => run?.schedule_tick)
    expect(ticks).toEqual([0, 1, 2, 3, 4, 5].map((n) => (all.next_run_at ?? 0) + n * hour))
    const [first, second, rest] = await ledger(queued)
    expect([first?.run?.hold, second?.run?.hold]).toEqual([null, { kind: 'overlap', of: first?.run?._id }])
    expect(rest?.skip).toMatchObject({ count: 4, outcome: 'missed', of: second?.run?._id })
  })

  test('come after those on time, however many they are', async () => {
    const asked: (number | undefined)[] = []
    const due = world.store.jobs.due.bind(world.store.jobs)
    vi.spyOn(world.store.jobs, 'due').mockImplementation((until, limit, since) => {
      asked.push(since)
      return due(until, limit, since)
    })
    await decided(await plannedSince(2 * hour, {}))
    const [onTime, missed] = asked
    expect([typeof onTime, missed]).toEqual(['number', undefined])
  })
})

test('a late run after an outage is not lost to a run whose end nobody could hear of', async () => {
  const worker = await world.worker()
  const job = await plannedSince(0, { interval_seconds: 86_400 })
  await decided(job)
  const first = await worker.one()
  await worker.start(first)
  const before = await stored(job)
  const missed = Date.now() - hour
  await world.store.jobs.replace(before, { ...before, next_run_at: missed, rev: before.rev + 1 }, null)
  vi.spyOn(world.store.jobs, 'due').mockResolvedValue([])
  await world.restart()
  const again = await world.worker()
  // The loop has passed: it has seen the plan, and left it.
  await world.until('the loop to pass', async () => (await world.plane.ready()).ready)
  expect(await stored(job)).toMatchObject({ next_run_at: missed, due: null })
  await again.end(first)
  const late = await again.one()
  expect(await world.run(late.run_id)).toMatchObject({ schedule_tick: missed })
  expect((await ledger(job)).map(({ run }) => run?._id).toSorted()).toEqual([first.run_id, late.run_id].toSorted())
})

test('nor is one after the store alone was away, and the scheduler lived on', async () => {
  const worker = await world.worker()
  const job = await plannedSince(0, { interval_seconds: 86_400 })
  await decided(job)
  const first = await worker.one()
  await worker.start(first)
  const due = vi.spyOn(world.store.jobs, 'due').mockRejectedValue(new Error('the store is away'))
  const before = await stored(job)
  const missed = Date.now() - hour
  await world.store.jobs.replace(before, { ...before, next_run_at: missed, rev: before.rev + 1 }, null)
  await world.until('a pass that fails', () => due.mock.calls.length > 0)
  due.mockRestore()
  const looked = vi.spyOn(world.store.jobs, 'due')
  await world.until('the loop to pass', () => looked.mock.calls.length > 2)
  expect(await stored(job)).toMatchObject({ next_run_at: missed, due: null })
  await worker.end(first)
  const late = await worker.one()
  expect(await world.run(late.run_id)).toMatchObject({ schedule_tick: missed })
})

describe('an edit', () => {
  test('that is answered before a due tick was decided takes its run, and the ledger says so', async () => {
    const decide = vi.spyOn(world.store.jobs, 'due').mockResolvedValue([])
    const job = await plannedSince(5000, {})
    const paused = await world.plane.jobs.update(admin, job._id, { schedule: { enabled: false } })
    expect(paused).toMatchObject({ next_run_at: null, last_tick: job.next_run_at })
    decide.mockRestore()
    const [row, ...others] = await ledger(job)
    expect(others).toEqual([])
    expect(row?.skip).toMatchObject({
      from: job.next_run_at,
      to: job.next_run_at,
      count: 1,
      outcome: 'skipped',
      reason: 'the schedule was changed before this tick was decided',
    })
    expect((await stored(job)).due).toBeNull()
    expect(typesOf(job).slice(1)).toEqual(['job_updated', 'tick_skipped'])
  })

  test('that meets an unfinished tick finishes it first', async () => {
    const decide = vi.spyOn(world.store.jobs, 'due').mockResolvedValue([])
    const job = await plannedSince(1.5 * hour, {})
    const tick = job.next_run_at ?? 0
    const due = { tick, run_id: 'the run', job_version: 1, skip: null }
    await world.store.jobs.replace(
      job,
      { ...job, due, last_tick: tick, next_run_at: tick + hour, rev: job.rev + 1 },
      null,
    )
    await world.plane.jobs.update(admin, job._id, { schedule: { interval_seconds: 60 } })
    decide.mockRestore()
    const [first, second] = await ledger(job)
    expect([first?.run?._id, second?.skip?.from]).toEqual(['the run', tick + hour])
  })

  test('to `immediate` fires nothing, and one of what becomes of ticks leaves the plan', async () => {
    const job = await plannedSince(-hour, {})
    const other = await world.plane.jobs.update(admin, job._id, { schedule: { overlap: 'queue', misfire: 'run_all' } })
    expect(other).toMatchObject({ next_run_at: job.next_run_at, schedules: [{ overlap: 'queue', misfire: 'run_all' }] })
    await world.plane.jobs.update(admin, job._id, { schedule: { mode: 'immediate' } })
    await world.plane.jobs.update(admin, job._id, { schedule: { mode: 'immediate', enabled: true }, name: 'again' })
    expect(await world.store.runs.live(job._id, 10)).toEqual([])
    expect(await stored(job)).toMatchObject({ next_run_at: null })
  })
})

test('the last moment of a schedule is a tick; then it has none, and is not enabled', async () => {
  const begin = Date.now() - 5000
  const job = await plannedSince(5000, {})
  const [schedule] = job.schedules
  await world.store.jobs.replace(
    job,
    { ...job, schedules: [{ ...schedule, end_at: job.next_run_at }], rev: job.rev + 1 },
    null,
  )
  expect(await decided(job)).toMatchObject({ next_run_at: null, schedules: [{ enabled: false }] })
  expect((await ledger(job)).map(({ run }) => (run?.schedule_tick ?? 0) >= begin)).toEqual([true])
})

test('jitter puts off the run, not the tick; it is told of as queued when it is due', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 8 }, () => plannedSince(0, { interval_seconds: 86_400, jitter_seconds: 80_000 })),
  )
  for (const job of jobs) await decided(job)
  for (const job of jobs) {
    const [row] = await ledger(job)
    const run = row?.run
    const tick = job.next_run_at ?? 0
    expect(run).toMatchObject({ schedule_tick: tick, tick_key: `${job._id}:main:${tick}`, status: 'pending' })
    const off = (run?.scheduled_ts ?? 0) - tick
    expect(off >= 0 && off <= 80_000_000 && off % 1000 === 0 && run?.not_before === run?.scheduled_ts).toBe(true)
    if (off > 60_000) expect(typesOf(job).at(-1)).toBe('job_scheduled')
  }
})

test('a tick that a scheduler decided and did not live to finish has its run, told once', async () => {
  const decide = vi.spyOn(world.store.jobs, 'due').mockResolvedValue([])
  const job = await plannedSince(hour, {})
  const tick = job.next_run_at ?? 0
  const due = { tick, run_id: 'the run', job_version: job.version, skip: null }
  await world.store.jobs.replace(job, { ...job, due, next_run_at: null, last_tick: tick, rev: job.rev + 1 }, null)
  await world.told('job_enqueued', 'the run')
  decide.mockRestore()
  expect(typesOf(job).filter((type) => type === 'job_scheduled')).toHaveLength(1)
  expect((await stored(job)).due).toBeNull()
})
