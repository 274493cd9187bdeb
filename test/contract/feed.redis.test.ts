import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { RedisFeed } from '../../src/brokers/redis/feed.ts'
import type { HydraEvent } from '../../src/model/event.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { EventHub } from '../../src/scheduler/event-hub.ts'
import { noRedis, sharedRedis } from '../redis/shared.ts'

const redis = sharedRedis('feed')
const event = (n: number, domain = 'prod'): HydraEvent => ({ type: 'job_updated', domain, ts: n, payload: { n } })

if (redis) {
  const closing: (() => void)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await redis.empty()
  })
  afterAll(() => redis.leave())

  async function hub(): Promise<{ hub: EventHub; connection: RedisConnection }> {
    const connection = await RedisConnection.open(redis?.url ?? '', silentLog)
    const made = new EventHub(new RedisFeed(connection))
    await made.open()
    closing.push(() => connection.close())
    return { hub: made, connection }
  }

  /** Waits until a hub has heard so many events after the cursor. */
  async function heard(of: EventHub, domain: string | null, after: string, count: number): Promise<readonly number[]> {
    for (;;) {
      const { events } = of.read(domain, after, 10_000)
      if (events.length >= count) return events.map(({ event: { ts } }) => ts)
      const { promise, resolve } = Promise.withResolvers<void>()
      const stop = of.watch(domain, resolve)
      if (of.read(domain, after, 10_000).events.length < count) await promise
      stop()
    }
  }

  describe('events over Redis', () => {
    test('every scheduler tells the events of all, in one order and under one id', async () => {
      const [{ hub: one }, { hub: two }] = [await hub(), await hub()]
      for (const each of [one, two]) await each.ready('prod')
      const [atOne, atTwo] = [one.tip('prod'), two.tip('prod')]
      for (let n = 0; n < 50; n += 1) (n % 2 === 0 ? one : two).publish([event(n), event(1000 + n, 'dev')])
      const order = await heard(one, 'prod', atOne, 50)
      expect(await heard(two, 'prod', atTwo, 50)).toEqual(order)
      expect(order.filter((n) => n % 2 === 0)).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i))
      const seen = one.read('prod', atOne, 10).events.at(-1)
      expect(await heard(two, 'prod', seen?.id ?? '', 40)).toEqual(order.slice(10))
    })

    test('a scheduler that begins later resumes what was told before; of a removed domain nothing is left', async () => {
      const { hub: one } = await hub()
      await one.ready('prod')
      const from = one.tip('prod')
      one.publish(Array.from({ length: 1200 }, (_, n) => event(n)))
      await heard(one, 'prod', from, 1200)
      const [first] = one.read('prod', from, 1).events
      const { hub: late, connection } = await hub()
      await late.ready('prod')
      expect(await heard(late, 'prod', first?.id ?? '', 1199)).toHaveLength(1199)
      await new RedisFeed(connection).forget('prod')
      const { hub: later } = await hub()
      await later.ready('prod')
      expect(later.read('prod', first?.id ?? '', 1)).toEqual({ events: [], reset: true })
    })

    test('news of a run wakes who watches it at another scheduler', async () => {
      const [{ hub: one }, { hub: two }] = [await hub(), await hub()]
      const { promise, resolve } = Promise.withResolvers<void>()
      two.watchRun('prod', 'r1', resolve)
      const told = setInterval(() => one.tellRun('prod', 'r1'), 20)
      await promise
      clearInterval(told)
    })
  })
} else {
  describe('events over Redis', () => {
    test('are those of every scheduler', (context) => context.skip(noRedis))
  })
}
