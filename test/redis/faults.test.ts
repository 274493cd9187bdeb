import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { aCard, giveAll, ids, never, now, taken, waiting } from '../contract/broker.given.ts'
import { hasServer, noServer, OwnRedis, soon } from './own.ts'

const presence = { card: aCard({ max_concurrency: 4 }), session: 's1', state: 'online' } as const

describe.runIf(hasServer)('a Redis', () => {
  let redis: OwnRedis
  let broker: Broker
  beforeAll(async () => {
    redis = await OwnRedis.start()
  })
  afterAll(() => redis.end())
  beforeEach(async () => {
    broker = await RedisBroker.open(redis.url, silentLog)
  })
  afterEach(async () => {
    await broker.close()
    await redis.client.flushall()
    await redis.client.config('SET', 'maxmemory', '0')
  })

  test('keeps queue, slots and unclaimed grants while no scheduler is there', async () => {
    await broker.admit(presence, [], now)
    await broker.enqueue([waiting('a'), waiting('b'), waiting('gpu', { tags: ['gpu'] })])
    await giveAll(broker, await broker.reserve(1, now))
    await broker.close()
    broker = await RedisBroker.open(redis.url, silentLog)
    expect((await broker.waiting('prod', 9)).map(({ run_id }) => run_id)).toEqual(['b', 'gpu'])
    expect(await broker.unknown('prod', ['a', 'b'])).toEqual(['a'])
    expect((await broker.claim('prod', 'w1', 's1', 9, never)).map(({ run_id }) => run_id)).toEqual(['a'])
    expect((await broker.reserve(9, now)).map(({ slot }) => slot)).toEqual([1])
  })

  test('shows what runs where under the keys of the contract', async () => {
    await broker.admit({ ...presence, token_hash: 'h' }, [], now)
    await broker.enqueue([waiting('a', { priority: 7 }), waiting('b'), waiting('c')])
    await giveAll(broker, await broker.reserve(2, now))
    await broker.claim('prod', 'w1', 's1', 1, never)
    const { client } = redis
    expect(await client.zrange('job_queue:prod:pending', '0', '-1', 'WITHSCORES')).toEqual([
      'c',
      String(995 * 2 ** 42 + now),
    ])
    expect(await client.lrange('job_queue:prod:w1', 0, -1)).toEqual(['b'])
    expect(await client.smembers('worker_running_set:prod:w1')).toEqual(['a'])
    expect(await client.hgetall('job_running:prod:a')).toMatchObject({
      worker_id: 'w1',
      user: 'default',
      domain: 'prod',
      token: '1',
      heartbeat: expect.stringMatching(/^\d+\.\d{3}$/),
    })
    expect(await client.hgetall('workers:prod:w1')).toMatchObject({
      os: 'linux',
      queues: 'default',
      max_concurrency: '4',
      current_running: '1',
      state: 'online',
      session: 's1',
      domain_token_hash: 'h',
      protocol: '2',
    })
    expect(await client.zscore('worker_heartbeats:prod', 'w1')).toBe(String(now / 1000))
    expect(await client.smembers('hydra:domains')).toEqual(['prod'])
    await broker.release('prod', 'w1', [{ run_id: 'a', token: 1 }])
    await broker.release('prod', 'w1', [{ run_id: 'b', token: 1 }])
    await broker.withdraw('prod', ['c'])
    await broker.dismiss('prod', 'w1', 's1')
    await broker.lapse(now)
    // Nothing is left of a worker and of runs that are over but which domains there are, and marks.
    const marks = ['worker_kinds_version:prod:m', 'worker_kinds_version:prod:p']
    expect((await client.keys('*')).sort()).toEqual(['hydra:domains', 'queue_mark:prod', ...marks])
  })

  test('on which an admission or a dismissal was cut off: the worker gets nothing and is not renewed, until it comes again or is gone', async () => {
    const { client } = redis
    const call = (name: string, ...args: readonly (string | number)[]) =>
      client.fcall(`hydra_${name}`, 1, 'job_queue:prod:pending', ...args)
    await broker.admit(presence, [], now)
    await broker.enqueue(['a', 'b', 'c', 'd', 'e'].map((id) => waiting(id)))
    await giveAll(broker, await broker.reserve(2, now))
    // Another scheduler took two of the steps.
    const fields = ['max_concurrency', '4', 'state', 'online', 'card', JSON.stringify(presence.card)]
    expect(await call('place', 'w1', 's1', now, 'm1', 'v', ...fields)).toBe('')
    expect(await call('seat', 'w1', 'm1', now, 'a', 1, 0, 'job', 'user')).toBe(1)
    expect(await broker.renew('prod', 'w1', 's1', now)).toBe(false)
    expect(await call('claim', 'w1', 's1', 9, now)).toEqual([])
    expect(await broker.reserve(9, now)).toEqual([])
    expect(await broker.workers('prod')).toHaveLength(1)
    await broker.admit(presence, [taken('a', 1, 0), taken('b', 1, 1)], now)
    // What the one before has still to say is not heard.
    expect(await call('seat', 'w1', 'm1', now, 'z', 1, 3, 'job', 'user')).toBe(0)
    expect(await call('unseat', 'w1', 'm1', 0, 9)).toBe(-1)
    expect(await call('admitted', 'o', 'w1', 'm1', now, 'm', '{}', 'p', '{}', 'v')).toEqual([])
    expect(await broker.renew('prod', 'w1', 's1', now)).toBe(true)
    expect((await broker.claim('prod', 'w1', 's1', 9, never)).map(({ run_id }) => run_id)).toEqual(['a', 'b'])
    const made = await broker.reserve(9, now)
    expect(made.map(({ slot }) => slot)).toEqual([2, 3])

    expect(await call('leave', 'w1', 's1', 'v', 1)).toBe(1)
    expect(await call('claim', 'w1', 's1', 9, now)).toBe('other')
    expect(await broker.renew('prod', 'w1', 's1', now)).toBe(false)
    // Given to the session that is leaving: its runs go elsewhere by the store.
    await giveAll(broker, made)
    expect(await broker.reserve(9, now)).toEqual([])
    expect(await broker.workers('prod')).toHaveLength(1)
    await broker.admit({ ...presence, session: 's2' }, [], now)
    expect(await broker.workers('prod')).toMatchObject([{ session: 's2', running: [] }])
    expect((await broker.reserve(9, now)).map(({ slot }) => slot)).toEqual([0])
    await broker.dismiss('prod', 'w1', 's2')
    await broker.lapse(now)
    const left = await client.keys('worker*:prod:w1*')
    expect(left).toEqual([])
  })

  test('keeps nothing of a domain that is removed, and no scheduler takes it for a loss', async () => {
    const other = await RedisBroker.open(redis.url, silentLog)
    await broker.admit(presence, [], now)
    await broker.enqueue([waiting('x', { domain: 'other' })])
    for (const each of [broker, other]) await each.lapse(now)
    await broker.forget('prod')
    expect(await other.workers('prod')).toHaveLength(1)
    await broker.dismiss('prod', 'w1', 's1')
    await broker.forget('prod')
    expect(await redis.client.smembers('hydra:domains')).toEqual(['other'])
    expect((await redis.client.keys('*:prod*')).sort()).toEqual(['queue_mark:prod'])
    expect(await redis.client.ttl('queue_mark:prod')).toBeGreaterThan(0)
    for (const each of [broker, other]) expect(await each.lapse(now)).toEqual({ freed: 0, isLost: false })
    await other.enqueue([waiting('again')])
    for (const each of [broker, other]) expect(await each.lapse(now)).toEqual({ freed: 0, isLost: false })
    await redis.client.del('hydra:domains')
    expect(await other.lapse(now)).toEqual({ freed: 0, isLost: false })
    expect(await other.depth(null)).toBe(2)
    await other.close()
  })

  test('that was flushed is noticed, and rebuilt from what the store says', async () => {
    await broker.admit(presence, [], now)
    await broker.enqueue(['a', 'b', 'c'].map((id) => waiting(id)))
    await giveAll(broker, await broker.reserve(2, now))
    expect(await broker.lapse(now)).toEqual({ freed: 0, isLost: false })
    await redis.client.flushall()
    expect(await broker.renew('prod', 'w1', 's1', now)).toBe(false)
    expect(await broker.lapse(now)).toEqual({ freed: 0, isLost: true })
    expect(await broker.lapse(now)).toEqual({ freed: 0, isLost: false })
    await broker.enqueue([waiting('c'), waiting('d')])
    await broker.admit(presence, [taken('a', 1, 0), taken('b', 1, 1)], now)
    expect((await broker.reserve(9, now)).map(({ slot }) => slot)).toEqual([2, 3])
    const other = await RedisBroker.open(redis.url, silentLog)
    expect(await other.workers(null)).toMatchObject([{ session: 's1', running: [{ run_id: 'a' }, { run_id: 'b' }] }])
    await other.close()
  })

  test('whose functions are gone gets them again', async () => {
    await redis.client.function('FLUSH')
    await broker.enqueue([waiting('a')])
    expect(await broker.depth('prod')).toBe(1)
    await redis.client.function('LOAD', 'REPLACE', oldLibrary)
    await broker.enqueue([waiting('b')])
    expect(await broker.depth('prod')).toBe(2)
  })

  test('that is full takes ends, heartbeats and what comes back, and refuses more work with a sentence', async () => {
    await broker.admit(presence, [], now)
    await broker.enqueue(['a', 'b', 'c', 'd', 'e'].map((id) => waiting(id)))
    const [a, b, c] = await broker.reserve(3, now)
    await giveAll(
      broker,
      [a, b].flatMap((made) => made ?? []),
    )
    await redis.client.config('SET', 'maxmemory', '1')
    const full = { code: 'UNAVAILABLE', message: expect.stringContaining('out of memory') }
    await expect(broker.enqueue([waiting('x')])).rejects.toMatchObject(full)
    await expect(broker.reserve(1, now)).rejects.toMatchObject(full)
    expect(await broker.renew('prod', 'w1', 's1', now + 1)).toBe(true)
    expect((await broker.claim('prod', 'w1', 's1', 1, never)).map(({ run_id }) => run_id)).toEqual(['a'])
    await broker.setState('prod', 'w1', 'draining')
    expect(await broker.workers(null)).toMatchObject([{ state: 'draining' }])
    await broker.release('prod', 'w1', [{ run_id: 'a', token: 1 }])
    expect((await broker.takeBack('prod', 'w1', 's1')).map(({ run_id }) => run_id)).toEqual(['b'])
    await broker.giveUp(c ? [c] : [], true)
    await broker.withdraw('prod', ['c'])
    expect((await broker.lapse(now)).isLost).toBe(false)
    expect(await broker.block('prod', 'w1', 's1', now + 1, now)).toBe(true)
    await broker.dismiss('prod', 'w1', 's1')
    expect(await broker.workers(null)).toEqual([])
    expect(await broker.depth(null)).toBe(2)
  })

  test('that goes and comes back empty: calls fail at once meanwhile, a claim that waits says so, all goes on by itself', async () => {
    await broker.admit(presence, [], now)
    await broker.lapse(now)
    const waits = broker.claim('prod', 'w1', 's1', 1, never)
    const away = { code: 'UNAVAILABLE', retryAfter: 1 }
    const refused = expect(waits).rejects.toMatchObject(away)
    await redis.kill()
    await refused
    await expect(broker.enqueue([waiting('a')])).rejects.toMatchObject(away)
    await expect(broker.check()).rejects.toMatchObject(away)
    await redis.run()
    expect(await soon(() => broker.lapse(now))).toEqual({ freed: 0, isLost: true })
    await broker.admit(presence, [], now)
    const again = broker.claim('prod', 'w1', 's1', 1, never)
    await broker.enqueue([waiting('a')])
    await giveAll(broker, await broker.reserve(1, now))
    expect((await again).map(({ run_id }) => run_id)).toEqual(['a'])
  })

  test('that hangs is given up after a while, not waited for', async () => {
    redis.signal('SIGSTOP')
    try {
      await expect(broker.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    } finally {
      redis.signal('SIGCONT')
    }
    await soon(() => broker.check())
    await broker.enqueue([waiting('a')])
    expect(await broker.depth('prod')).toBe(1)
  })

  test('in which a worker of an earlier system announces itself shows it, and gives it nothing', async () => {
    const { client } = redis
    await client.hset('workers:prod:old', { os: 'linux', tags: 'a,b', max_concurrency: '3', current_running: '0' })
    await client.zadd('worker_heartbeats:prod', String(now / 1000), 'old')
    await broker.admit(presence, [], now)
    await broker.enqueue([waiting('a', { tags: ['a'] })])
    expect(await broker.strangers(null)).toMatchObject([
      { card: { worker_id: 'old', domain: 'prod', tags: ['a', 'b'], max_concurrency: 3 }, heartbeat: now },
    ])
    expect(await broker.reserve(9, now)).toEqual([])
    expect(await broker.workers('prod')).toHaveLength(1)
    expect(await broker.heartbeats()).toHaveLength(1)
  })

  test('tells each scheduler of what another one queued or freed, and nobody of his own', async () => {
    const other = await RedisBroker.open(redis.url, silentLog)
    const told: string[] = []
    broker.onWork(() => told.push('own'))
    const heard = new Promise<void>((resolve) => other.onWork(resolve))
    await broker.admit({ ...presence, card: aCard({ max_concurrency: 1 }) }, [], now)
    await broker.enqueue([waiting('a'), waiting('b')])
    await heard
    await giveAll(other, await other.reserve(9, now))
    const freed = new Promise<void>((resolve) => broker.onWork(resolve))
    expect(told).toEqual([])
    await other.release('prod', 'w1', [{ run_id: 'a', token: 1 }])
    await freed
    expect(ids(await broker.reserve(9, now))).toEqual(['b'])
    await other.close()
  })

  describe('is refused at the start with a sentence', () => {
    test('where it may throw away what is queued', async () => {
      await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      await expect(RedisBroker.open(redis.url, silentLog)).rejects.toThrow('set its maxmemory-policy to noeviction')
      await redis.client.config('SET', 'maxmemory-policy', 'noeviction')
    })
    test('where it wants another password', async () => {
      await redis.client.config('SET', 'requirepass', 'right')
      const wrong = redis.url.replace('//', '//:wrong@')
      await expect(RedisBroker.open(wrong, silentLog)).rejects.toThrow(
        /^Redis cannot be reached at 127\.0\.0\.1:\d+: WRONGPASS/,
      )
      const right = await RedisBroker.open(redis.url.replace('//', '//:right@'), silentLog)
      await right.check()
      await right.close()
      await redis.client.auth('right')
      await redis.client.config('SET', 'requirepass', '')
    })
    test('where nothing answers', async () => {
      await expect(RedisBroker.open('redis://127.0.0.1:1', silentLog)).rejects.toThrow(
        'Redis cannot be reached at 127.0.0.1:1: connect ECONNREFUSED',
      )
    })
  })
})

/** As a scheduler of another version would have left it: it lacks what ours calls. */
const oldLibrary = `#!lua name=hydra
redis.register_function('hydra_version', function() return '0.old' end)
`

if (!hasServer) test('what a Redis may do', (context) => context.skip(noServer))
