import { describe, expect, test } from 'vitest'
import type { WorkerCard } from '../../src/model/session.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { brokerFits } from './broker.fits.ts'
import { brokerFleet } from './broker.fleet.ts'
import { aCard, type BrokerDriver, giveAll, ids, never, now, taken, waiting } from './broker.given.ts'

export { aCard } from './broker.given.ts'

/** What every broker must do; runs unchanged on each driver. */
export function brokerSuite({ name, open }: BrokerDriver): void {
  const withWorker = async (more: Partial<WorkerCard> = {}): Promise<Broker> => {
    const broker = await open()
    await broker.admit({ card: aCard(more), session: 's1', state: 'online' }, [], now)
    return broker
  }

  describe(`${name}: the order of dispatch`, () => {
    test('highest priority first, oldest first within it', async () => {
      const broker = await withWorker({ max_concurrency: 4 })
      await broker.enqueue([
        waiting('young', { scheduled_ts: now + 1 }),
        waiting('old'),
        waiting('urgent', { priority: 9, scheduled_ts: now + 2 }),
      ])
      expect(ids(await broker.reserve(10, now))).toEqual(['urgent', 'old', 'young'])
    })
    test('priority and age count across classes too', async () => {
      const broker = await withWorker({ max_concurrency: 4, tags: ['a'] })
      await broker.enqueue([
        waiting('plain', { scheduled_ts: now + 1 }),
        waiting('tagged', { tags: ['a'] }),
        waiting('top', { priority: 6, scheduled_ts: now + 2 }),
      ])
      expect(ids(await broker.reserve(10, now))).toEqual(['top', 'tagged', 'plain'])
    })
    test('no more than there are free slots, and the slots are numbered from 0', async () => {
      const broker = await withWorker()
      await broker.enqueue(['a', 'b', 'c'].map((id) => waiting(id)))
      const reserved = await broker.reserve(10, now)
      expect(reserved.map(({ slot }) => slot)).toEqual([0, 1])
      expect(await broker.reserve(10, now)).toEqual([])
      expect(await broker.depth('prod')).toBe(1)
    })
    test('the least loaded worker that fits gets it', async () => {
      const broker = await withWorker({ max_concurrency: 4 })
      await broker.admit({ card: aCard({ worker_id: 'w2' }), session: 's2', state: 'online' }, [taken('x', 1, 0)], now)
      await broker.enqueue(['a', 'b', 'c'].map((id) => waiting(id)))
      expect((await broker.reserve(10, now)).map(({ worker_id }) => worker_id)).toEqual(['w1', 'w1', 'w2'])
    })
    test('domains take turns, and a worker takes its own domain only', async () => {
      const broker = await withWorker({ max_concurrency: 9 })
      await broker.admit(
        { card: aCard({ domain: 'dev', worker_id: 'd1', max_concurrency: 9 }), session: 'sd', state: 'online' },
        [],
        now,
      )
      await broker.enqueue(['a', 'b', 'c'].map((id) => waiting(id)))
      await broker.enqueue([waiting('d', { domain: 'dev', scheduled_ts: now + 5 })])
      const reserved = await broker.reserve(2, now)
      expect(ids(reserved).sort()).toEqual(['a', 'd'])
      expect(reserved.find(({ waiting: { run_id } }) => run_id === 'd')?.worker_id).toBe('d1')
    })
    test("runs that fit nobody stand in nobody's way; a worker that comes and fits takes them", async () => {
      const broker = await withWorker()
      await broker.enqueue([waiting('gpu', { tags: ['gpu'], priority: 100 }), waiting('plain')])
      expect(ids(await broker.reserve(10, now))).toEqual(['plain'])
      await broker.admit({ card: aCard({ worker_id: 'g', tags: ['gpu'] }), session: 'sg', state: 'online' }, [], now)
      expect(ids(await broker.reserve(10, now))).toEqual(['gpu'])
    })
    test('draining and disabled workers take nothing new', async () => {
      const broker = await withWorker()
      await broker.enqueue([waiting('a')])
      for (const state of ['draining', 'disabled'] as const) {
        await broker.setState('prod', 'w1', state)
        expect(await broker.reserve(10, now)).toEqual([])
      }
      await broker.setState('prod', 'w1', 'online')
      expect(ids(await broker.reserve(10, now))).toEqual(['a'])
    })
  })

  describe(`${name}: queue and reservations`, () => {
    test('a run is queued once, and a withdrawn one is not given', async () => {
      const broker = await withWorker()
      await broker.enqueue([waiting('a'), waiting('a'), waiting('b')])
      await broker.withdraw('prod', ['a', 'nobody'])
      expect(await broker.depth(null)).toBe(1)
      expect(ids(await broker.reserve(10, now))).toEqual(['b'])
      await broker.enqueue([waiting('b')])
      expect(await broker.depth(null)).toBe(0)
      expect(await broker.unknown('prod', ['a', 'b', 'c'])).toEqual(['a', 'c'])
    })
    test('a reservation that is given up frees its slot, and queues the run again if asked', async () => {
      const broker = await withWorker({ max_concurrency: 1 })
      await broker.enqueue([waiting('a')])
      await broker.giveUp(await broker.reserve(1, now), true)
      const again = await broker.reserve(1, now)
      expect(ids(again)).toEqual(['a'])
      await broker.giveUp(again, false)
      expect(await broker.reserve(1, now)).toEqual([])
      expect(await broker.unknown('prod', ['a'])).toEqual(['a'])
    })
    test('a reservation lapses after 10 s', async () => {
      const broker = await withWorker({ max_concurrency: 1 })
      await broker.enqueue([waiting('a')])
      await broker.reserve(1, now)
      expect(await broker.lapse(now + 9_000)).toEqual({ freed: 0, isLost: false })
      expect(await broker.lapse(now + 11_000)).toEqual({ freed: 1, isLost: false })
      expect(ids(await broker.reserve(1, now))).toEqual(['a'])
    })
    test('a run of its own is reserved for only with a free slot and nothing ahead of it', async () => {
      const broker = await withWorker({ max_concurrency: 1 })
      expect(await broker.reserveFor(waiting('unfit', { tags: ['gpu'] }), now)).toBeNull()
      const first = await broker.reserveFor(waiting('a'), now)
      expect(first).toMatchObject({ worker_id: 'w1', session: 's1', slot: 0 })
      expect(await broker.reserveFor(waiting('b'), now)).toBeNull()
      await broker.enqueue([waiting('older', { scheduled_ts: now - 1 })])
      await broker.giveUp(first ? [first] : [], false)
      expect(await broker.reserveFor(waiting('c'), now)).toBeNull()
      expect((await broker.reserveFor(waiting('urgent', { priority: 9 }), now))?.slot).toBe(0)
    })
    test('the head of the queue is shown in the order of dispatch', async () => {
      const broker = await open()
      await broker.enqueue([
        waiting('b', { scheduled_ts: now + 1 }),
        waiting('c', { priority: 9 }),
        waiting('a'),
        waiting('x', { domain: 'dev' }),
      ])
      expect((await broker.waiting('prod', 2)).map(({ run_id }) => run_id)).toEqual(['c', 'a'])
      expect(await broker.depth(null)).toBe(4)
    })
  })

  describe(`${name}: workers and grants`, () => {
    test("a given grant is claimed by its worker's session, once, and the slot is free after its release", async () => {
      const broker = await withWorker({ max_concurrency: 1 })
      await broker.enqueue([waiting('a'), waiting('b')])
      await giveAll(broker, await broker.reserve(5, now))
      expect((await broker.claim('prod', 'w1', 's1', 5, never)).map(({ run_id }) => run_id)).toEqual(['a'])
      expect((await broker.workers('prod'))[0]?.running).toMatchObject([{ run_id: 'a', token: 1, slot: 0 }])
      await broker.release('prod', 'w1', [{ run_id: 'a', token: 7 }])
      expect(await broker.reserve(5, now)).toEqual([])
      await broker.release('prod', 'w1', [
        { run_id: 'a', token: 1 },
        { run_id: 'a', token: 1 },
      ])
      expect(ids(await broker.reserve(5, now))).toEqual(['b'])
    })
    test('a claim waits for work, and goes away empty when aborted', async () => {
      const broker = await withWorker()
      const waits = broker.claim('prod', 'w1', 's1', 5, never)
      await broker.enqueue([waiting('a')])
      await giveAll(broker, await broker.reserve(5, now))
      expect((await waits).map(({ run_id }) => run_id)).toEqual(['a'])
      const abort = new AbortController()
      const empty = broker.claim('prod', 'w1', 's1', 5, abort.signal)
      abort.abort()
      expect(await empty).toEqual([])
    })
    test('no more is claimed than was asked for, and the rest stays', async () => {
      const broker = await withWorker()
      await broker.enqueue([waiting('a'), waiting('b')])
      await giveAll(broker, await broker.reserve(5, now))
      expect(await broker.claim('prod', 'w1', 's1', 1, never)).toHaveLength(1)
      expect(await broker.claim('prod', 'w1', 's1', 5, never)).toHaveLength(1)
    })
    test('unclaimed grants are taken back, claimed ones are not', async () => {
      const broker = await withWorker()
      await broker.enqueue([waiting('a'), waiting('b')])
      await giveAll(broker, await broker.reserve(5, now))
      await broker.claim('prod', 'w1', 's1', 1, never)
      expect((await broker.takeBack('prod', 'w1', 's1')).map(({ run_id }) => run_id)).toEqual(['b'])
      expect(await broker.takeBack('prod', 'w1', 's1')).toEqual([])
    })
    test('another session renews, claims and takes nothing', async () => {
      const broker = await withWorker()
      expect(await broker.renew('prod', 'w1', 's1', now + 5)).toBe(true)
      expect((await broker.workers(null))[0]?.heartbeat).toBe(now + 5)
      expect(await broker.renew('prod', 'w1', 'other', now)).toBe(false)
      expect(await broker.claim('prod', 'w1', 'other', 1, never)).toEqual([])
      await broker.dismiss('prod', 'w1', 'other')
      expect(await broker.workers('prod')).toHaveLength(1)
    })
    test('a block refuses renewals if the last one is still the one that was seen, and lapses', async () => {
      const broker = await withWorker()
      expect(await broker.renew('prod', 'w1', 's1', now + 1000)).toBe(true)
      expect(await broker.block('prod', 'w1', 's1', now, now + 1000)).toBe(false)
      expect(await broker.renew('prod', 'w1', 's1', now + 2000)).toBe(true)
      expect(await broker.block('prod', 'w1', 's1', now + 2000, now + 12_000)).toBe(true)
      expect(await broker.renew('prod', 'w1', 's1', now + 12_001)).toBe(false)
      expect(await broker.renew('prod', 'w1', 's1', now + 17_001)).toBe(true)
    })
    test('a block of a session that it does not know holds, and one that is known is not taken for missing', async () => {
      const broker = await withWorker()
      expect(await broker.block('prod', 'w1', 's1', null, now)).toBe(false)
      expect(await broker.block('prod', 'w9', 's9', null, now)).toBe(true)
    })
    test('a worker admitted again has the slots that the store says are taken', async () => {
      const broker = await withWorker()
      await broker.admit({ card: aCard(), session: 's2', state: 'online' }, [taken('x', 3, 0)], now)
      await broker.enqueue([waiting('a'), waiting('b')])
      expect((await broker.reserve(5, now)).map(({ slot }) => slot)).toEqual([1])
      await broker.dismiss('prod', 'w1', 's2')
      expect(await broker.workers('prod')).toEqual([])
      expect(await broker.reserve(5, now)).toEqual([])
    })
  })

  brokerFleet({ name, open })
  brokerFits({ name, open })
}
