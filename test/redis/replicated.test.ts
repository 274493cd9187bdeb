import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisBroker } from '../../src/brokers/redis/redis.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { aCard, giveAll, ids, never, now, waiting } from '../contract/broker.given.ts'
import { hasServer, noServer, OwnRedis, soon } from './own.ts'
import { careful, goodReplicas, holds, Replicated } from './sentinel.ts'

describe.runIf(hasServer)('Sentinel', () => {
  let servers: Replicated
  // A busy machine must not look like a dead server: the failover here is one that is asked for.
  beforeAll(async () => {
    servers = await Replicated.start(30_000)
  })
  afterAll(() => servers.end())

  test('leads to the master, and to the next one; what waited waits there', async () => {
    const { master, replicas, sentinel, url } = servers
    await master.client.config('SET', 'min-replicas-to-write', '0')
    await expect(RedisBroker.open(url, silentLog)).rejects.toThrow(
      'set min-replicas-to-write 1 and min-replicas-max-lag 3',
    )
    await master.client.config('SET', 'min-replicas-to-write', '1')
    const broker = await RedisBroker.open(url, silentLog)
    await broker.admit({ card: aCard(), session: 's1', state: 'online' }, [], now)
    await broker.enqueue([waiting('a'), waiting('b')])
    for (const { client } of replicas)
      await soon(async () => holds('it has a copy', (await client.zcard('job_queue:prod:pending')) === 2))
    await servers.hurry()
    await soon(() => sentinel.client.call('SENTINEL', 'FAILOVER', 'jobs'))
    await servers.led()
    const reserved = await soon(() => broker.reserve(9, now))
    expect(ids(reserved)).toEqual(['a', 'b'])
    const waits = broker.claim('prod', 'w1', 's1', 9, never)
    await soon(() => giveAll(broker, reserved))
    expect(await waits).toHaveLength(2)
    expect(await replicas[0]?.client.scard('worker_running_set:prod:w1')).toBe(2)
    await broker.close()
  })
})

describe.runIf(hasServer)('Cluster', () => {
  const masters: OwnRedis[] = []
  const replicas: OwnRedis[] = []
  beforeAll(async () => {
    for (const nodes of [masters, replicas])
      for (let at = 0; at < 3; at += 1) nodes.push(await OwnRedis.startNode(...careful))
    const all = [...masters, ...replicas]
    for (const [at, { client }] of masters.entries())
      await client.cluster('ADDSLOTSRANGE', Math.ceil((at * 16_384) / 3), Math.ceil(((at + 1) * 16_384) / 3) - 1)
    for (const [at, { client }] of all.entries()) await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
    const [first, ...others] = all
    for (const { port, busPort } of others)
      await first?.client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort))
    for (const [at, { client }] of replicas.entries()) {
      const id = String(await masters[at]?.client.call('CLUSTER', 'MYID'))
      await soon(() => client.call('CLUSTER', 'REPLICATE', id))
    }
    for (const master of masters) {
      await soon(async () => holds('a replica', (await goodReplicas(master)) >= 1))
      const state = async () => String(await master.client.cluster('INFO'))
      await soon(async () => holds('a whole cluster', /cluster_state:ok/.test(await state())))
    }
  })
  afterAll(() => Promise.all([...masters, ...replicas].map((server) => server.end())))

  test('keeps each domain together, several on their own masters, and tells every scheduler', async () => {
    const url = `redis+cluster://127.0.0.1:${masters[0]?.port},127.0.0.1:${masters[1]?.port}`
    await masters[2]?.client.config('SET', 'min-replicas-max-lag', '10')
    await expect(RedisBroker.open(url, silentLog)).rejects.toThrow(
      'set min-replicas-to-write 1 and min-replicas-max-lag 3',
    )
    await masters[2]?.client.config('SET', 'min-replicas-max-lag', '3')
    const [one, two] = [await RedisBroker.open(url, silentLog), await RedisBroker.open(url, silentLog)]
    const domains = ['alpha', 'beta', 'gamma', 'delta', 'eps']
    const heard = new Promise<void>((resolve) => two.onWork(resolve))
    for (const domain of domains)
      await one.admit({ card: aCard({ domain }), session: `s-${domain}`, state: 'online' }, [], now)
    await one.enqueue(domains.map((domain) => waiting(`run-${domain}`, { domain })))
    await heard
    const waits = domains.map((domain) => one.claim(domain, 'w1', `s-${domain}`, 1, never))
    await giveAll(two, await two.reserve(9, now))
    const claimed = (await Promise.all(waits)).flat().map(({ run_id }) => run_id)
    expect(claimed).toEqual(domains.map((domain) => `run-${domain}`))
    expect((await two.workers(null)).map(({ running }) => running.length)).toEqual([1, 1, 1, 1, 1])

    const keys = await Promise.all(masters.map(({ client }) => client.keys('workers:*')))
    expect(keys.flat().sort()).toEqual(domains.map((domain) => `workers:{${domain}}:w1`).sort())
    expect(keys.every((its) => its.length > 0)).toBe(true)

    await two.show('alpha', [{ hash: 'h', isDefault: true, endsIn: null }])
    const shown = (await Promise.all(masters.map(({ client }) => client.keys('token_hash:*')))).flat()
    expect(shown.sort()).toEqual(['token_hash:h:domain', 'token_hash:{alpha}'])

    expect(await one.lapse(now)).toEqual({ freed: 0, isLost: false })
    await masters[keys.findIndex((its) => its.includes('workers:{alpha}:w1'))]?.client.flushall()
    expect((await one.lapse(now)).isLost).toBe(true)
    expect(await one.renew('alpha', 'w1', 's-alpha', now)).toBe(false)
    await Promise.all([one.close(), two.close()])
  })
})

if (!hasServer) test('Sentinel and Cluster', (context) => context.skip(noServer))
