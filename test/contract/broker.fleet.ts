import { describe, expect, test } from 'vitest'
import type { WorkerCard } from '../../src/model/session.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { aCard, type BrokerDriver, giveAll, grantFor, ids, never, now, taken, waiting } from './broker.given.ts'

/** Two schedulers on one broker, and what one of them did not live to end. */
export function brokerFleet({ name, open }: BrokerDriver): void {
  const pair = async (more: Partial<WorkerCard> = {}): Promise<readonly [Broker, Broker]> => {
    const both = [await open(), await open()] as const
    await both[0].admit({ card: aCard(more), session: 's1', state: 'online' }, [], now)
    return both
  }

  describe(`${name}: several schedulers`, () => {
    test('that race to reserve get no run and no slot twice', async () => {
      const [one, two] = await pair({ max_concurrency: 9 })
      for (const worker_id of ['w2', 'w3'])
        await two.admit(
          { card: aCard({ worker_id, max_concurrency: 9 }), session: worker_id, state: 'online' },
          [],
          now,
        )
      const runs = Array.from({ length: 60 }, (_, n) => waiting(`r${n}`, { scheduled_ts: now + n }))
      await Promise.all([one.enqueue(runs), two.enqueue(runs)])
      const made = (await Promise.all([one, two, one, two].map((broker) => broker.reserve(8, now)))).flat()
      expect(made).toHaveLength(27)
      expect(new Set(ids(made)).size).toBe(27)
      expect(new Set(made.map(({ worker_id, slot }) => `${worker_id}:${slot}`)).size).toBe(27)
      expect(await two.depth('prod')).toBe(33)
    })
    test('that reserve for runs of their own do not share the last slot', async () => {
      const [one, two] = await pair({ max_concurrency: 1 })
      const made = await Promise.all([one.reserveFor(waiting('a'), now), two.reserveFor(waiting('b'), now)])
      expect(made.filter((reservation) => reservation !== null)).toHaveLength(1)
    })
    test('what one queues the other gives, and a claim that waits with the first is woken', async () => {
      const [one, two] = await pair()
      const waits = one.claim('prod', 'w1', 's1', 5, never)
      await one.enqueue([waiting('a')])
      await giveAll(two, await two.reserve(5, now))
      expect((await waits).map(({ run_id }) => run_id)).toEqual(['a'])
      await two.release('prod', 'w1', [{ run_id: 'a', token: 1 }])
      expect(await one.workers('prod')).toMatchObject([{ running: [] }])
    })
    test('a grant is claimed once, however many ask', async () => {
      const [one, two] = await pair({ max_concurrency: 8 })
      await one.enqueue(Array.from({ length: 8 }, (_, n) => waiting(`r${n}`)))
      await giveAll(two, await two.reserve(8, now))
      const claims = [one, two, one].map((broker) => broker.claim('prod', 'w1', 's1', 3, never))
      const claimed = (await Promise.all(claims)).flat().map(({ run_id }) => run_id)
      expect(new Set(claimed).size).toBe(8)
      expect(claimed).toHaveLength(8)
      expect(await two.takeBack('prod', 'w1', 's1')).toEqual([])
    })
    test('a reservation that lapsed is given all the same, since the store decided so; its run is queued no more', async () => {
      const [one, two] = await pair()
      await one.enqueue([waiting('a')])
      const made = await one.reserve(1, now)
      expect((await two.lapse(now + 10_001)).freed).toBe(1)
      await giveAll(one, made)
      expect(await two.reserve(5, now)).toEqual([])
      expect(await two.depth('prod')).toBe(0)
      expect((await two.claim('prod', 'w1', 's1', 5, never)).map(({ run_id }) => run_id)).toEqual(['a'])
      expect((await two.workers('prod'))[0]?.running).toEqual([taken('a', 1, 0)])
    })
    test('who gives up late leaves the reservation that another has by then', async () => {
      const [one, two] = await pair({ max_concurrency: 1 })
      await one.enqueue([waiting('a')])
      const late = await one.reserve(1, now)
      await two.lapse(now + 10_001)
      const theirs = await two.reserve(1, now + 10_002)
      expect(ids(theirs)).toEqual(['a'])
      await one.giveUp(late, true)
      expect(await one.reserve(1, now)).toEqual([])
      await giveAll(two, theirs)
      expect(await two.claim('prod', 'w1', 's1', 5, never)).toHaveLength(1)
    })
    test('a run that was never queued is not queued when its reservation lapses', async () => {
      const [one, two] = await pair()
      await one.reserveFor(waiting('a'), now)
      expect(await two.unknown('prod', ['a'])).toEqual([])
      expect((await two.lapse(now + 10_001)).freed).toBe(1)
      expect(await two.unknown('prod', ['a'])).toEqual(['a'])
      expect((await two.reserveFor(waiting('b'), now))?.slot).toBe(0)
    })
    test('giving up with the wish to queue again queues a run that was not, too', async () => {
      const [one] = await pair()
      const made = await one.reserveFor(waiting('a'), now)
      await one.giveUp(made ? [made] : [], true)
      expect(ids(await one.reserve(5, now))).toEqual(['a'])
    })
  })

  describe(`${name}: sessions`, () => {
    test('another session takes nothing back, and what was given to the one before is not its own', async () => {
      const [one, two] = await pair()
      await one.enqueue([waiting('a'), waiting('b')])
      const [first, second] = await one.reserve(2, now)
      await giveAll(one, first ? [first] : [])
      expect(await two.takeBack('prod', 'w1', 'other')).toEqual([])
      await two.admit({ card: aCard(), session: 's2', state: 'online' }, [], now)
      await giveAll(one, second ? [second] : [])
      expect(await two.takeBack('prod', 'w1', 's2')).toEqual([])
      expect(await two.takeBack('prod', 'w1', 's1')).toEqual([])
      expect(await one.claim('prod', 'w1', 's1', 5, never)).toEqual([])
      expect(await two.workers('prod')).toMatchObject([{ session: 's2', running: [] }])
      expect(await two.depth('prod')).toBe(0)
    })
    test('under its own session a worker that is admitted again keeps what lies in its queue or is reserved for it', async () => {
      const [one, two] = await pair({ max_concurrency: 4 })
      await one.enqueue(['a', 'b', 'c', 'd'].map((id) => waiting(id)))
      const [a, b, c] = await one.reserve(3, now)
      await giveAll(
        one,
        [a, b].flatMap((made) => made ?? []),
      )
      await two.admit({ card: aCard({ max_concurrency: 4 }), session: 's1', state: 'online' }, [taken('a', 1, 0)], now)
      expect((await two.reserve(5, now)).map(({ slot }) => slot)).toEqual([1])
      await giveAll(one, c ? [c] : [])
      const claimed = await two.claim('prod', 'w1', 's1', 5, never)
      expect(claimed.map(({ run_id }) => run_id)).toEqual(['a', 'c'])
    })
    test('a worker of many slots is admitted again with those that the store says, and dismissed with all', async () => {
      const [one, two] = await pair({ max_concurrency: 300 })
      const many = Array.from({ length: 250 }, (_, n) => waiting(`r${n}`, { scheduled_ts: now + n }))
      await one.enqueue(many)
      for (let made = await one.reserve(64, now); made.length > 0; made = await one.reserve(64, now))
        await giveAll(one, made)
      const claimed = (await one.claim('prod', 'w1', 's1', 16, never)).map(({ run_id }) => run_id)
      expect(claimed).toEqual(many.slice(0, 16).map(({ run_id }) => run_id))
      // Of the others every second is over by now, one has another token, and one runs that is not known here.
      const still = many.flatMap(({ run_id }, n) => (n < 16 || n % 2 === 0 ? [taken(run_id, n === 20 ? 2 : 1, n)] : []))
      const said = [...still, taken('elsewhere', 1, 299)]
      const again = { card: aCard({ max_concurrency: 300 }), session: 's1', state: 'online' } as const
      await two.admit(again, said, now)
      const [seat] = await one.workers('prod')
      const byRun = (one: { run_id: string }, other: { run_id: string }) => (one.run_id < other.run_id ? -1 : 1)
      expect(seat?.running.toSorted(byRun)).toEqual(said.toSorted(byRun))
      const left: string[] = []
      for (const grant of await two.takeBack('prod', 'w1', 's1')) left.push(grant.run_id)
      const lay = still.map(({ run_id }) => run_id).filter((id) => !claimed.includes(id) && id !== 'r20')
      expect(left).toEqual(lay)
      // The lowest of the slots that came free.
      expect((await two.reserveFor(waiting('x'), now))?.slot).toBe(17)
      await one.dismiss('prod', 'w1', 's1')
      expect(await two.workers('prod')).toEqual([])
      await two.admit({ ...again, session: 's2' }, [], now)
      expect((await one.reserveFor(waiting('y'), now))?.slot).toBe(0)
    })
    test('a claim that waits goes away empty when its worker is dismissed', async () => {
      const [one, two] = await pair()
      const waits = one.claim('prod', 'w1', 's1', 5, never)
      await two.dismiss('prod', 'w1', 's1')
      expect(await waits).toEqual([])
      expect(await one.heartbeats()).toEqual([])
    })
    test('a released token is not claimed any more', async () => {
      const [one, two] = await pair()
      await one.enqueue([waiting('a'), waiting('b')])
      await giveAll(one, await one.reserve(5, now))
      await two.release('prod', 'w1', [{ run_id: 'a', token: 1 }])
      expect((await one.claim('prod', 'w1', 's1', 5, never)).map(({ run_id }) => run_id)).toEqual(['b'])
    })
    test('the same grant given twice is claimed once, and holds one slot', async () => {
      const [one, two] = await pair()
      await one.enqueue([waiting('a')])
      const [made] = await one.reserve(1, now)
      if (!made) throw new Error('nothing was reserved')
      const given = [{ reservation: made, grant: grantFor(made) }]
      await one.give(given)
      await two.give(given)
      expect(await one.claim('prod', 'w1', 's1', 5, never)).toHaveLength(1)
      expect((await one.workers('prod'))[0]?.running).toHaveLength(1)
      expect(await one.takeBack('prod', 'w1', 's1')).toEqual([])
    })
    test('heartbeats tell of every admitted session, and change with each renewal', async () => {
      const [one, two] = await pair()
      await two.admit({ card: aCard({ domain: 'dev', worker_id: 'd' }), session: 'sd', state: 'online' }, [], now)
      await one.renew('prod', 'w1', 's1', now + 1)
      const beats = [...(await two.heartbeats())].sort((a, b) => (a.domain < b.domain ? -1 : 1))
      expect(beats).toEqual([
        { domain: 'dev', worker_id: 'd', session: 'sd', heartbeat: now },
        { domain: 'prod', worker_id: 'w1', session: 's1', heartbeat: now + 1 },
      ])
    })
    test('a session on which a verdict is under way is not admitted again, a new one of the worker is', async () => {
      const [one, two] = await pair()
      expect(await one.block('prod', 'w1', 's1', now, now + 10_000)).toBe(true)
      const again = { card: aCard(), session: 's1', state: 'online' } as const
      expect(await two.admit(again, [], now + 10_001)).toBe(false)
      expect(await two.renew('prod', 'w1', 's1', now + 10_001)).toBe(false)
      expect(await two.admit({ ...again, session: 's2' }, [], now + 10_001)).toBe(true)
      expect(await two.renew('prod', 'w1', 's2', now + 10_002)).toBe(true)
      expect(await one.block('prod', 'w9', 's9', null, now)).toBe(true)
      const absent = { card: aCard({ worker_id: 'w9' }), session: 's9', state: 'online' } as const
      expect(await two.admit(absent, [], now + 4_999)).toBe(false)
      expect(await two.admit(absent, [], now + 5_001)).toBe(true)
    })
  })
}
