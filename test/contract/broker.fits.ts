import { describe, expect, test } from 'vitest'
import type { Requirement } from '../../src/model/affinity.ts'
import { Affinity } from '../../src/model/affinity.ts'
import type { WorkerCard } from '../../src/model/session.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { aCard, type BrokerDriver, giveAll, ids, now, taken, waiting } from './broker.given.ts'

const need = (affinity: Record<string, unknown>, more: Partial<Requirement> = {}): Requirement => ({
  queue: 'default',
  user: 'default',
  executor_type: 'shell',
  affinity: Affinity.parse(affinity),
  ...more,
})

/** Which runs go to which workers, while both come and go. */
export function brokerFits({ name, open }: BrokerDriver): void {
  const admit = (broker: Broker, worker_id: string, more: Partial<WorkerCard> = {}) =>
    broker.admit({ card: aCard({ worker_id, ...more }), session: `s-${worker_id}`, state: 'online' }, [], now)

  describe(`${name}: what fits whom`, () => {
    test('runs for a host, a subnet, a user and a queue go where they may, and to nobody else', async () => {
      const broker = await open()
      await admit(broker, 'a', { hostname: 'Alpha', ip: '10.0.1.7', subnet: '10.0.1' })
      await admit(broker, 'b', { hostname: 'beta', ip: '10.0.2.7', subnet: '10.0.2', allowed_users: ['ann'] })
      await admit(broker, 'c', { hostname: 'gamma', ip: '10.0.3.7', subnet: '10.0.3', queues: ['slow'] })
      const unfit = await broker.enqueue([
        waiting('host', { need: need({ hostnames: ['alpha'] }) }),
        waiting('net', { need: need({ subnets: ['10.0.2.0/24'] }, { user: 'ann' }) }),
        waiting('user', { need: need({}, { user: 'ann' }) }),
        waiting('slow', { need: need({}, { queue: 'slow' }) }),
        waiting('nowhere', { need: need({ subnets: ['10.9.9'] }) }),
      ])
      expect(unfit).toEqual(['nowhere'])
      const made = new Map((await broker.reserve(9, now)).map((one) => [one.waiting.run_id, one.worker_id]))
      expect(made.get('host')).toBe('a')
      expect(made.get('net')).toBe('b')
      expect(made.get('slow')).toBe('c')
      expect(['a', 'b']).toContain(made.get('user'))
      expect(made.size).toBe(4)
    })
    test('a worker that comes takes the best of all that waited for it; one that leaves takes nothing more', async () => {
      const broker = await open()
      const gpu = { tags: ['gpu'] }
      expect(
        await broker.enqueue([
          waiting('low', { ...gpu, priority: 1 }),
          waiting('host', { need: need({ hostnames: ['host'], tags: ['gpu'] }), priority: 9 }),
        ]),
      ).toEqual(['low', 'host'])
      await admit(broker, 'g', { tags: ['GPU'], max_concurrency: 1 })
      expect(ids(await broker.reserve(9, now))).toEqual(['host'])
      await broker.dismiss('prod', 'g', 's-g')
      expect(await broker.enqueue([waiting('more', gpu)])).toEqual(['more'])
      await broker.lapse(now)
      expect(await broker.reserve(9, now)).toEqual([])
      await admit(broker, 'h', { tags: ['gpu'], max_concurrency: 9 })
      expect(await broker.enqueue([waiting('last', gpu)])).toEqual([])
      expect(ids(await broker.reserve(9, now)).sort()).toEqual(['last', 'low', 'more'])
    })
    test('a worker that says something else of itself gets what fits it now', async () => {
      const broker = await open()
      await broker.enqueue([waiting('gpu', { tags: ['gpu'] }), waiting('plain')])
      await admit(broker, 'w', { max_concurrency: 9 })
      await admit(broker, 'w', { max_concurrency: 9, tags: ['gpu'], queues: ['default', 'x'] })
      await broker.enqueue([waiting('x', { need: need({}, { queue: 'x' }) })])
      expect(ids(await broker.reserve(9, now)).sort()).toEqual(['gpu', 'plain', 'x'])
    })
    test('a class lives as long as a run of it: withdrawn, given up or given, the next one is found again', async () => {
      const broker = await open()
      await admit(broker, 'w', { max_concurrency: 1 })
      await broker.enqueue([waiting('a')])
      await broker.withdraw('prod', ['a'])
      await broker.enqueue([waiting('b')])
      await broker.giveUp(await broker.reserve(1, now), false)
      await broker.enqueue([waiting('c')])
      await giveAll(broker, await broker.reserve(1, now))
      await broker.enqueue([waiting('d')])
      await broker.release('prod', 'w', [{ run_id: 'c', token: 1 }])
      expect(ids(await broker.reserve(9, now))).toEqual(['d'])
      expect(await broker.depth(null)).toBe(0)
    })
    test('with many classes and workers each slot goes to the best run that fits it', async () => {
      const broker = await open()
      const users = Array.from({ length: 40 }, (_, n) => `u${n}`)
      for (const n of [0, 1, 2, 3])
        await admit(broker, `w${n}`, { max_concurrency: 2, allowed_users: users.filter((_, at) => at % 4 === n) })
      await broker.enqueue(users.map((user, at) => waiting(user, { need: need({}, { user }), scheduled_ts: now - at })))
      // The oldest are the last eight: two for each worker.
      expect(ids(await broker.reserve(20, now))).toEqual(users.slice(-8).reverse())
    })
    test('the lowest free slot is used again, and a worker with more taken than it has slots is full', async () => {
      const broker = await open()
      const card = aCard({ max_concurrency: 4 })
      const four = ['a', 'b', 'c', 'd'].map((id, slot) => taken(id, 1, slot))
      await broker.admit({ card, session: 's', state: 'online' }, four, now)
      await broker.release('prod', 'w1', [
        { run_id: 'b', token: 1 },
        { run_id: 'c', token: 1 },
      ])
      await broker.enqueue(['x', 'y', 'z'].map((id) => waiting(id)))
      expect((await broker.reserve(9, now)).map(({ slot }) => slot)).toEqual([1, 2])
      await broker.admit({ card: { ...card, max_concurrency: 1 }, session: 's3', state: 'online' }, four, now)
      expect(await broker.reserve(9, now)).toEqual([])
    })
  })
}
