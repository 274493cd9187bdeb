import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { OwnRedis } from '../redis/own.ts'
import { skipUnlessWhole } from '../selection.ts'
import { Fleet } from './fleet.ts'
import { adminToken, RealServer } from './server.ts'
import { fleetOn, openStores } from './stores.ts'

vi.setConfig({ testTimeout: 300_000 })

const suite = fileURLToPath(new URL('../fixtures/acceptance/contract.test.mjs', import.meta.url))
const slots = { MAX_CONCURRENCY: '8' }

/** Holds a server to the wire contract from outside; what failed, and how many passed. */
async function held({ url }: RealServer): Promise<{ passed: number; failed: readonly string[] }> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', suite], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH, HOME, HYDRA_URL: url, ADMIN_TOKEN: adminToken },
  })
  let tap = ''
  child.stdout.on('data', (text) => (tap += String(text)))
  await once(child, 'close')
  const count = Number(/^# pass (\d+)$/m.exec(tap)?.[1])
  const failed = tap.match(/^ *not ok .*$/gm) ?? []
  if (failed.length > 0) console.log(tap)
  return { passed: count, failed }
}

async function holds(...servers: readonly RealServer[]): Promise<void> {
  for (const server of servers) expect(await held(server)).toEqual({ passed: 37, failed: [] })
}

describe('the wire contract holds', () => {
  beforeEach(skipUnlessWhole)

  test('of the embedded default', async (context) => {
    const server = await RealServer.start({ env: slots })
    context.onTestFinished(() => server.clean())
    await holds(server)
  })

  test('of two schedulers and three workers on Redis and MongoDB, at each of the two', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    const second = await fleet.another()
    for (const id of ['w1', 'w2', 'w3']) await fleet.joined(id, slots)
    await holds(fleet.server, second)
  })

  test('of workers over HTTP, on Redis and MongoDB', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    await fleet.joinedOverHttp('w1', [fleet.server], slots)
    await holds(fleet.server)
  })

  test('of a store in files with the queue in Redis', async (context) => {
    const redis = await OwnRedis.start()
    context.onTestFinished(() => redis.end())
    const fleet = await Fleet.start(context, redis)
    await fleet.joined('w1', slots)
    await holds(fleet.server)
  })

  test('of a store on MongoDB with the queue in memory', async (context) => {
    const { mongo, database } = await openStores(context)
    const server = await RealServer.start({ env: { ...slots, MONGO_URL: mongo, MONGO_DB: database } })
    context.onTestFinished(() => server.clean())
    await holds(server)
  })
})
