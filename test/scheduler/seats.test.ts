import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../src/runtime/log.ts'
import { SeatCheck } from '../../src/scheduler/seat-check.ts'
import { aCard } from '../contract/broker.given.ts'
import { aDefinition, admin, World } from './harness.ts'

let world: World
let check: SeatCheck
beforeEach(async () => {
  world = await World.open()
  const { store, broker } = world.plane
  check = new SeatCheck({ store, broker, dispatch: () => {}, log: silentLog }, 0)
})
afterEach(() => world.close())

const seats = () => world.plane.broker.workers(null)

describe('the look at the seats', () => {
  test('dismisses a worker whose session is not live, and leaves the others', async () => {
    const { session } = await world.worker({ worker_id: 'here' })
    const ghost = { card: aCard({ worker_id: 'ghost' }), session: 'of another life', state: 'online' } as const
    await world.plane.broker.admit(ghost, [], Date.now())
    await check.look()
    expect((await seats()).map((seat) => seat.session)).toEqual([session])
  })

  test('sets the state that the store has', async () => {
    await world.worker()
    await world.plane.setWorkerState(admin, 'w1', 'draining')
    await world.plane.broker.setState('prod', 'w1', 'online')
    await check.look()
    expect(await seats()).toMatchObject([{ state: 'draining' }])
  })

  test('frees a slot that is nobody’s when it sees it twice, and no slot of a run that is out', async () => {
    const worker = await world.worker()
    const { run_id } = await world.plane.jobs.submit(admin, aDefinition(), { adhoc: false, ids: null })
    const grant = await worker.one()
    await worker.start(grant)
    const { broker, store } = world.plane
    const card = aCard({ max_concurrency: 4 })
    const slot = { run_id: String(run_id), job_id: grant.job_id, user: 'default' }
    await broker.admit(
      { card, session: worker.session, state: 'online' },
      [
        { ...slot, token: grant.token, slot: 0 },
        { ...slot, run_id: 'over', token: 1, slot: 1 },
      ],
      Date.now(),
    )
    await check.look()
    expect((await seats())[0]?.running).toHaveLength(2)
    await check.look()
    expect((await seats())[0]?.running).toMatchObject([{ run_id, slot: 0 }])
    expect(await store.runs.get(String(run_id))).toMatchObject({ status: 'running' })
  })
})
