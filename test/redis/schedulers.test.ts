import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { sha256 } from '../../src/runtime/ids.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { aDefinition, admin, World } from '../scheduler/harness.ts'
import { hasServer, noServer, OwnRedis, soon } from './own.ts'

describe.runIf(hasServer)('a scheduler whose Redis', () => {
  let redis: OwnRedis
  let world: World
  beforeAll(async () => {
    redis = await OwnRedis.start()
  })
  afterAll(() => redis.end())
  beforeEach(async () => {
    world = await World.open(undefined, () => RedisBroker.open(redis.url, silentLog))
  })
  afterEach(async () => {
    await world.close()
    await redis.client.flushall()
  })

  const submit = async (more: Record<string, unknown> = {}): Promise<string> => {
    const { run_id } = await world.plane.jobs.submit(admin, aDefinition(more), { adhoc: false, ids: null })
    return String(run_id)
  }
  const statusIs = (id: string, status: string) =>
    world.until(`${id} to be ${status}`, async () => (await world.run(id)).status === status)

  test('shows which domains there are and the hashes of their tokens, as they come and go and after it lost everything', async () => {
    const { client } = redis
    const { domains, tokens } = world.plane
    await domains.prepare()
    await domains.create(admin, { domain: 'acme' })
    /** What is shown of tokens: every key, and its value. */
    const shown = async () => {
      const names = (await client.keys('token_hash:*')).sort()
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await client.get(name)])))
    }
    const hashOf = async (domain: string, secret: Promise<{ token: string | null }>) => {
      const hash = sha256((await secret).token ?? '')
      return { hash, of: { [`token_hash:${hash}:domain`]: domain } }
    }
    const first = await hashOf('acme', domains.rotate(admin, 'acme', 0))
    expect(await shown()).toEqual({ 'token_hash:acme': first.hash, ...first.of })
    const next = await hashOf('acme', domains.rotate(admin, 'acme', 60_000))
    const named = await hashOf('acme', tokens.make(admin, 'acme', { name: 'ci', role: 'read' }))
    const all = { 'token_hash:acme': next.hash, ...first.of, ...next.of, ...named.of }
    expect(await shown()).toEqual(all)
    const ends = await Promise.all([first, next].map(({ hash }) => client.pttl(`token_hash:${hash}:domain`)))
    expect(ends).toEqual([expect.toSatisfy((ms: number) => ms > 0 && ms <= 60_000), -1])
    expect((await client.smembers('hydra:domains')).sort()).toEqual(['acme', 'prod'])
    // It has looked at the domains: a loss is known by what was seen before it.
    await world.plane.broker.lapse(world.plane.clock.now())
    await client.flushall()
    await world.until('all to be there again', async () => isDeepStrictEqual(await shown(), all))
    expect((await client.smembers('hydra:domains')).sort()).toEqual(['acme', 'prod'])
    const ended = (await tokens.list('acme')).find(({ name }) => name === 'ci')
    await tokens.end(admin, 'acme', ended?._id ?? '')
    expect(await shown()).toEqual({ 'token_hash:acme': next.hash, ...first.of, ...next.of })
    await domains.remove(admin, 'acme')
    expect(await shown()).toEqual({})
    expect(await client.smembers('hydra:domains')).toEqual(['prod'])
    expect((await client.keys('*acme*')).sort()).toEqual(['queue_mark:acme'])
  })

  test('is away refuses what would run now and keeps nothing of it; what ends meanwhile is stored and told', async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const [ran, waits] = [await submit(), await submit()]
    const grant = await worker.one()
    await worker.start(grant)
    await redis.kill()
    const away = { code: 'UNAVAILABLE', status: 503, retryAfter: 1 }
    await expect(submit()).rejects.toMatchObject(away)
    expect(await world.store.jobs.count(null)).toBe(2)
    expect((await world.plane.ready()).checks).toContainEqual({
      name: 'broker',
      ok: false,
      detail: 'the broker does not serve at the moment',
      fault: 'Redis does not answer at the moment.',
    })
    // The end is stored; that its slot could not be freed is the worker's cue to say it again.
    await expect(worker.end(grant)).rejects.toMatchObject(away)
    expect(await world.run(ran)).toMatchObject({ status: 'success' })
    await world.told('run_finished', ran)
    // A cancel is decided by the store alone.
    await world.plane.runs.cancel(admin, waits)
    expect(await world.run(waits)).toMatchObject({ status: 'cancelled' })
    const planned = { schedule: { mode: 'interval', interval_seconds: 3600 } }
    const { job } = await world.plane.jobs.submit(admin, aDefinition(planned), { adhoc: false, ids: null })
    const ticked = await world.until('its tick', async () => (await world.store.runs.live(job._id, 1))[0])
    expect(ticked).toMatchObject({ status: 'pending' })

    await redis.run()
    const back = await soon(() => world.worker({ max_concurrency: 1 }))
    expect((await back.one()).run_id).toBe(ticked._id)
  })

  test('is flushed finds again what waits, and what runs keeps its slot', async () => {
    const worker = await world.worker({ max_concurrency: 1 })
    const [ran, waits] = [await submit(), await submit()]
    const grant = await worker.one()
    await worker.start(grant)
    await redis.client.flushall()
    await expect(worker.renew([grant])).rejects.toMatchObject({ code: 'CONFLICT' })
    const again = await world.worker({ max_concurrency: 1 })
    expect(again.session).toBe(worker.session)
    await world.until('the queue', async () => (await world.plane.broker.depth('prod')) === 1)
    expect((await world.run(waits)).status).toBe('pending')
    await again.end(grant)
    expect((await again.one()).run_id).toBe(waits)
    await statusIs(ran, 'success')
  })

  test('outlives it has what was given and not taken: the worker finds it in its own queue', async () => {
    const worker = await world.worker({ max_concurrency: 2 })
    const given = [await submit(), await submit()]
    await world.restart()
    const again = await world.worker({ max_concurrency: 2 })
    expect(again.session).toBe(worker.session)
    const claimed = (await again.claim()).map(({ run_id }) => run_id)
    expect(claimed.sort()).toEqual(given.sort())
  })
})

if (!hasServer) test('schedulers and their Redis', (context) => context.skip(noServer))
