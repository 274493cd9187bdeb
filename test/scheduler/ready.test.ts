import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import { aDefinition, admin, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await world.close()
})

/** Readiness as it would be, had nothing happened for so many seconds. */
async function readyIn(seconds: number) {
  const later = performance.now() + seconds * 1000
  const clock = vi.spyOn(performance, 'now').mockReturnValue(later)
  try {
    return await world.plane.ready()
  } finally {
    clock.mockRestore()
  }
}

test('ready means progress: every loop finished a pass within the last 30 seconds', async () => {
  const now = await world.plane.ready()
  expect(now.ready).toBe(true)
  const loops = now.checks.map(({ name }) => name).filter((name) => name.endsWith(' loop'))
  expect(loops).toEqual(expect.arrayContaining(['dispatch loop', 'ticks loop', 'effects loop', 'reconcile loop']))
  expect((await readyIn(25)).ready).toBe(true)
  // A pass that ends while the clock is ahead counts as one of then; the next one puts that right.
  await world.until('every loop to be stuck', async () => {
    const stuck = await readyIn(31)
    const named = stuck.checks.filter(({ ok }) => !ok).map(({ name }) => name)
    return !stuck.ready && named.join() === loops.join()
  })
})

test.each([
  ['hangs', (until: Promise<readonly Job[]>) => until],
  ['fails', () => Promise.reject(new Error('the disk is full'))],
])('a pass that %s is no progress', async (_how, pass) => {
  const { jobs } = world.store
  const before = await world.plane.ready()
  const over = Promise.withResolvers<readonly Job[]>()
  const asked = vi.spyOn(jobs, 'due').mockImplementation(() => pass(over.promise))
  // A new plan wakes the loop.
  const later = { mode: 'interval', interval_seconds: 60, start_at: '2040-01-01' }
  await world.plane.jobs.submit(admin, aDefinition({ schedule: later }), { adhoc: false, ids: null })
  await world.until('the loop asked', () => asked.mock.calls.length > 0)
  const since = (checks: typeof before.checks) => checks.find(({ name }) => name === 'ticks loop')?.ok
  expect(since(before.checks)).toBe(true)
  expect(since((await readyIn(31)).checks)).toBe(false)
  expect((await world.plane.ready()).ready).toBe(true)
  over.resolve([])
})

test('a store that cannot be written, and an end that is under way, are not ready', async () => {
  vi.spyOn(world.store, 'check').mockRejectedValueOnce(new Error('The disk is full.'))
  const without = await world.plane.ready()
  expect(without.ready).toBe(false)
  expect(without.checks.find(({ name }) => name === 'store')).toEqual({
    name: 'store',
    ok: false,
    detail: 'the store does not serve at the moment',
    fault: 'The disk is full.',
  })
  await world.plane.drain()
  expect((await world.plane.ready()).ready).toBe(false)
})
