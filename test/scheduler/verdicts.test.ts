import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HydraError } from '../../src/model/errors.ts'
import { sha256 } from '../../src/runtime/ids.ts'
import { aCard } from '../contract/broker.suite.ts'
import { aDefinition, admin, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.open()
})
afterEach(() => world.close())

const ttl = 300

async function submitted(more: Record<string, unknown> = {}): Promise<string> {
  const { run_id } = await world.plane.jobs.submit(admin, aDefinition(more), { adhoc: false, ids: null })
  if (run_id === null) throw new Error('no run was made')
  return run_id
}

/** Until the run is no worker's any more. */
const moved = (id: string) => world.until('its move', async () => (await world.run(id)).session === null)

describe('a worker that is silent for its TTL', () => {
  test('is lost: what it ran starts again elsewhere, and what it had not taken goes back with its age', async () => {
    const one = await world.worker({ ttl, max_concurrency: 2 })
    const [ran, queued] = [await submitted(), await submitted()]
    const grant = await one.one()
    await one.start(grant)
    await moved(ran)
    await moved(queued)
    expect(await world.run(ran)).toMatchObject({ status: 'pending', failovers: 1, attempts: [{ outcome: 'lost' }] })
    expect(await world.run(queued)).toMatchObject({ status: 'pending', failovers: 0, attempts: [] })
    const last = await world.store.logs.last(ran, 1)
    expect(Buffer.from(last?.bytes ?? []).toString()).toMatch(
      /^\[hydra\] attempt 1 ended with its worker: .* not known\n$/,
    )
    expect(await world.store.logs.last(queued, 1)).toBeNull()

    const two = await world.worker({ worker_id: 'w2' })
    const again = await two.claim()
    expect(again[0]).toMatchObject({ run_id: ran, attempt: 2 })
    expect(await one.end(grant)).toMatchObject({ verdict: 'stale' })
    await expect(one.renew([grant])).rejects.toThrow('register again')
  })

  test('is shown as offline; when it comes back under a new session it is one worker again', async () => {
    await world.worker({ ttl })
    await world.told('worker_offline')
    const shown = () => world.plane.views.workers(admin)
    expect(await shown()).toMatchObject([{ card: { worker_id: 'w1' }, status: 'offline' }])
    const again = await world.worker({ ttl: 60_000 })
    expect(await shown()).toMatchObject([{ card: { worker_id: 'w1' }, status: 'online' }])
    // Nor is the earlier life told of when this one goes.
    await world.plane.desk.goodbye(again.session)
    expect(await shown()).toEqual([])
  })

  test('fails a job that must not run twice', async () => {
    const one = await world.worker({ ttl })
    const id = await submitted({ on_worker_lost: 'fail' })
    await one.start(await one.one())
    await world.told('run_finished', id)
    expect(await world.run(id)).toMatchObject({ status: 'failed', completion_reason: 'worker lost' })
  })

  test('whose token ended is no failover: it claims nothing more, and what it ran goes back, consuming nothing', async () => {
    const { store, desk, domains } = world.plane
    const token = String((await domains.rotate(admin, 'prod', 0)).token)
    const { session } = await desk.admit(aCard({ ttl }), sha256('a-secret'), sha256(token))
    const id = await submitted()
    const [grant] = await desk.claim(session, 1, AbortSignal.timeout(5000))
    await desk.report(session, [
      { run_id: id, token: grant?.token ?? 0, attempt: 1, start_ts: 1, chunks: [], ended: null, never_started: false },
    ])
    const unclaimed = await submitted()
    await domains.rotate(admin, 'prod', 0)
    await moved(unclaimed)
    expect(await world.run(unclaimed)).toMatchObject({ status: 'pending', attempts: [] })
    await expect(desk.renew(session, [])).rejects.toThrow('register again')
    await moved(id)
    expect(await store.runs.get(id)).toMatchObject({
      status: 'pending',
      failovers: 0,
      attempts: [{ outcome: 'interrupted' }],
    })
  })
})

test('a worker that renews, or another scheduler gave a hold, is not judged', async () => {
  const one = await world.worker({ ttl })
  const two = await world.worker({ ttl, worker_id: 'w2' })
  const { workers } = world.plane.store
  const before = await workers.session(two.session)
  if (before === null) throw new Error('there is no session')
  await workers.changeSession(before, { ...before, hold_until: Date.now() + 60_000, rev: before.rev + 1 })
  const until = performance.now() + 4 * ttl
  while (performance.now() < until) await one.renew()
  expect((await workers.liveSessions()).map(({ worker_id }) => worker_id)).toEqual(['w1', 'w2'])
})

test('a broker that is mute is waited for once: renewals hold by the store, and ask it beside that until it answers', async () => {
  const one = await world.worker({ ttl: 60_000 })
  const { broker } = world.plane
  const mute = Promise.withResolvers<boolean>()
  const beats = vi.spyOn(broker, 'renew').mockReturnValue(mute.promise)
  const waits = vi.spyOn(globalThis, 'setTimeout')
  for (let n = 0; n < 3; n += 1) expect(await one.renew()).toMatchObject({ state: 'online' })
  const patience = waits.mock.calls.map(([, ms]) => ms)
  waits.mockRestore()
  expect([beats.mock.calls.length, patience.filter((ms) => ms === 0).length]).toEqual([3, 2])
  const held = await world.plane.store.workers.session(one.session)
  expect(held?.hold_until).toBeGreaterThan(Date.now() + 50_000)
  mute.resolve(true)
  const holds = vi.spyOn(world.plane.store.workers, 'changeSession')
  expect(await one.renew()).toMatchObject({ state: 'online' })
  expect(holds).not.toHaveBeenCalled()
  for (const spy of [beats, holds]) spy.mockRestore()
})

test('while the broker is away a renewal holds the session in the store, and no verdict comes', async () => {
  const one = await world.worker({ ttl: 60_000 })
  const away = new HydraError('UNAVAILABLE', 'Redis is away.')
  const renew = vi.spyOn(world.plane.broker, 'renew').mockRejectedValue(away)
  expect(await one.renew()).toMatchObject({ state: 'online' })
  const { hold_until } = (await world.plane.store.workers.session(one.session)) ?? { hold_until: null }
  expect(hold_until).toBeGreaterThan(Date.now() + 50_000)
  renew.mockRestore()
  expect(await one.renew()).toMatchObject({ state: 'online' })
})

test('a session that the scheduler of before judged is refused, and one that lived on is taken over', async () => {
  const one = await world.worker({ ttl: 60_000 })
  await world.restart()
  const again = await world.worker({ ttl: 60_000 })
  expect(again.session).toBe(one.session)
  await expect(world.worker({ ttl: 60_000 }, 'another-secret')).rejects.toThrow('in use by another process')
})
