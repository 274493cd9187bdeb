import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { PostOffice } from '../../src/links/redis/post-office.ts'
import { RedisLink, type RenewElsewhere } from '../../src/links/redis/redis.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { CuttableProxy } from '../mongo/proxy.ts'
import { noRedis, sharedRedis } from '../redis/shared.ts'
import { aDefinition, admin, World } from '../scheduler/harness.ts'
import { aCard } from './broker.suite.ts'
import { linkSuite } from './link.suite.ts'

const redis = sharedRedis('letters')
const secret = 'the secret in the folder of the worker'
const noElsewhere: RenewElsewhere = () => {
  throw new Error('nothing is to be renewed elsewhere')
}

if (redis) {
  let world: World
  let token: string
  let broker: RedisBroker
  const closing: (() => void)[] = []
  beforeEach(async () => {
    world = await World.open(undefined, async () => {
      broker = await RedisBroker.open(redis.url, silentLog)
      return broker
    })
    token = String((await world.plane.domains.rotate(admin, 'prod', 0)).token)
    await office('http://first:8000')
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await world.close()
    await redis.empty()
  })
  afterAll(() => redis.leave())

  async function office(address: string): Promise<void> {
    const post = new PostOffice({ redis: broker.connection, desk: world.plane.frontDesk, address, log: silentLog })
    closing.push(
      () => post.close(),
      world.plane.desk.onAnyCancel(({ domain, worker_id, _id, token }) => {
        if (worker_id !== null) post.cancel(domain, worker_id, { run_id: _id, token })
      }),
    )
    await post.open()
  }

  async function open(more: { token?: string; elsewhere?: RenewElsewhere } = {}): Promise<RedisLink> {
    const connection = await RedisConnection.open(redis?.url ?? '', silentLog)
    const link = new RedisLink(connection, more.token ?? token, more.elsewhere ?? noElsewhere)
    closing.push(() => link.close())
    return link
  }

  linkSuite({ name: 'redis', given: () => ({ world, link: () => open() }) })

  describe('over Redis', () => {
    test('a worker is accepted in the domain of its token alone, and under the id of its key', async () => {
      const dev = String((await world.plane.domains.create(admin, { domain: 'dev' })).token)
      await expect((await open({ token: dev })).register(aCard(), secret)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect((await open({ token: 'unknown-token' })).register(aCard(), secret)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
      const { session } = await (await open()).register(aCard({ ttl: 0 }), secret)
      const other = await open()
      await other.register(aCard({ worker_id: 'w2' }), 'the secret of another worker')
      await expect(other.renew(session, [])).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(other.report(session, [])).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(other.goodbye(session)).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    test('with two schedulers each letter is answered once', async () => {
      await office('http://second:8000')
      const link = await open()
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      for (let n = 0; n < 20; n += 1) expect((await link.renew(session, [])).state).toBe('online')
    })

    test('a renewal that Redis took counts, though no scheduler answers', async () => {
      const link = await open()
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      for (const close of closing.splice(0, 2)) close()
      expect(await link.renew(session, [])).toEqual({
        state: 'online',
        cancel: [],
        forget: [],
        again: [],
        partial: true,
      })
    })

    test('while Redis is away the renewal goes to a scheduler over HTTP', async () => {
      const asked: unknown[] = []
      const elsewhere: RenewElsewhere = (servers, proof) => ({
        renew: async (session, held) => {
          asked.push([servers, proof, session, held])
          return { state: 'draining', cancel: [], forget: [], again: [], partial: false }
        },
      })
      const connection = await RedisConnection.open(redis.url, silentLog)
      const link = new RedisLink(connection, token, elsewhere)
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      connection.close()
      const held = [{ run_id: 'r', token: 1 }]
      expect((await link.renew(session, held)).state).toBe('draining')
      expect(asked).toEqual([[['http://first:8000'], secret, session, held]])
    })

    test('while Redis is mute the renewals go to a scheduler, beside Redis; when it answers they go there again', async (context) => {
      const at = new URL(redis.url)
      const proxy = await CuttableProxy.open(redis.url)
      context.onTestFinished(() => proxy.close())
      const asked: string[] = []
      const elsewhere: RenewElsewhere = () => ({
        renew: async (session) => {
          asked.push(session)
          return { state: 'draining', cancel: [], forget: [], again: [], partial: false }
        },
      })
      at.host = proxy.host
      const connection = await RedisConnection.open(at.href, silentLog)
      const link = new RedisLink(connection, token, elsewhere)
      closing.push(() => link.close())
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      proxy.goMute()
      // None waits for what Redis's client waits for: it has failed none of its commands yet.
      const call = vi.spyOn(connection, 'call')
      for (let n = 0; n < 3; n += 1) expect((await link.renew(session, [])).state).toBe('draining')
      const open = Symbol('open')
      const first = await Promise.race([call.mock.results[0]?.value, Promise.resolve(open)])
      expect([asked, first]).toEqual([[session, session, session], open])
      proxy.comeBack()
      await world.until('Redis to be asked', async () => {
        const before = asked.length
        await link.renew(session, [])
        return asked.length === before || null
      })
    })

    test('the way over HTTP is kept: what it learned of dead schedulers holds for the next renewal', async () => {
      const made: unknown[] = []
      const elsewhere: RenewElsewhere = (servers) => {
        made.push(servers)
        return { renew: async () => ({ state: 'online', cancel: [], forget: [], again: [], partial: false }) }
      }
      const connection = await RedisConnection.open(redis.url, silentLog)
      const link = new RedisLink(connection, token, elsewhere)
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      connection.close()
      for (let n = 0; n < 3; n += 1) await link.renew(session, [])
      expect(made).toEqual([['http://first:8000']])
    })

    test('a renewal counts from when Redis took it, before anyone answers', async () => {
      const link = await open()
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      const order: string[] = []
      await link.renew(session, [], () => order.push('taken'))
      order.push('answered')
      expect(order).toEqual(['taken', 'answered'])
      await link.goodbye(session)
      const taken = () => order.push('taken again')
      await expect(link.renew(session, [], taken)).rejects.toMatchObject({ code: 'CONFLICT' })
      expect(order).toHaveLength(2)
    })

    test('amid a verdict a worker renews nothing, however wrong its clock is', async () => {
      const link = await open()
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      const [beat] = await broker.heartbeats()
      expect(await broker.block('prod', 'w1', session, beat?.heartbeat ?? null, Date.now())).toBe(true)
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
      try {
        await expect(link.renew(session, [])).rejects.toMatchObject({ code: 'CONFLICT' })
      } finally {
        clock.mockRestore()
      }
    })

    test('letters that lay unread for a while are no sign that what was begun since is lost', async () => {
      const link = await open()
      const { session } = await link.register(aCard({ ttl: 60_000 }), secret)
      // Nobody reads: the worker goes on saying that it holds nothing.
      for (const close of closing.splice(0, 2)) close()
      const old = JSON.stringify({ id: 'old', kind: 'renew', session, held: [] })
      for (let n = 0; n < 3; n += 1) await broker.connection.call('report', 'prod', ['w1', old])
      const { run_id } = await world.plane.jobs.submit(admin, aDefinition(), { adhoc: false, ids: null })
      const [grant] = await link.claim(session, 1, new AbortController().signal)
      const { token: of = 0, attempt = 0 } = grant ?? {}
      const begun = { run_id: String(run_id), token: of, attempt, start_ts: 1, chunks: [], ended: null }
      await world.plane.desk.report(session, [{ ...begun, never_started: false }])
      await office('http://second:8000')
      expect((await link.renew(session, [{ run_id: String(run_id), token: of }])).forget).toEqual([])
      expect(await world.run(String(run_id))).toMatchObject({ status: 'running', token: of })
    })

    test('a letter that cannot be read is answered with what is wrong, and one without an id with nothing', async () => {
      const { connection } = broker
      const write = (letter: string) => connection.call('report', 'prod', ['w1', letter])
      await write('{"kind":"renew"}')
      await write('no JSON')
      await write('{"id":"q","kind":"renew","session":7,"held":[]}')
      const inbox = () => connection.ask((client) => client.xrange('inbox:prod:w1', '-', '+'))
      const [entry, ...more] = await world.until('an answer', async () => ((await inbox()).length > 0 ? inbox() : null))
      expect(more).toEqual([])
      expect(JSON.parse(entry?.[1][1] ?? '')).toMatchObject({ id: 'q', error: { code: 'INVALID' } })
    })
  })
} else {
  describe('redis', () => {
    test('what every link must do', (context) => context.skip(noRedis))
  })
}
