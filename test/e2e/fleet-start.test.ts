import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { CuttableProxy } from '../mongo/proxy.ts'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'
import { oldMongo, oldRedis } from './old-servers.ts'
import { launch, newFolder, until } from './server.ts'
import { openStores } from './stores.ts'

// Each starts several processes, side by side with those of others.
vi.setConfig({ testTimeout: 180_000 })

/** Nobody listens on port 1. */
const nobody = '127.0.0.1:1'
const token = { WORKER_DOMAIN_TOKEN: 'a-token-of-a-domain-0123456789012345' }

/** A process of the program, and what it says; gone when the test is over. */
function started(context: TestContext, args: readonly string[], env: Record<string, string>) {
  const folder = newFolder()
  const child = launch(folder, env, args)
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said.text += String(text)))
  const ended = once(child, 'close')
  context.onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return { child, said, ended }
}

/** Its exit code, and all that it said. */
async function refusal(context: TestContext, command: string, env: Record<string, string>) {
  const { said, ended } = started(context, [command], env)
  const [code] = await ended
  return [code, said.text] as const
}

const oneSentence = (sentence: RegExp) => [1, expect.stringMatching(new RegExp(`^hydra: ${sentence.source}\\n$`))]

async function ownRedis(context: TestContext): Promise<OwnRedis> {
  if (!hasServer) context.skip(noServer)
  const redis = await OwnRedis.start()
  context.onTestFinished(() => redis.end())
  return redis
}

/** What the command needs of the stores; the worker's way to the control plane is Redis alone. */
async function given(context: TestContext, command: string) {
  if (command === 'worker') return { redis: await ownRedis(context), env: token }
  const { redis, mongo, database } = await openStores(context)
  return { redis, env: { MONGO_URL: mongo, MONGO_DB: database } }
}

describe.concurrent('a scheduler or a worker of a fleet refuses to start, in one sentence,', () => {
  test.for(['scheduler', 'worker'])(
    'a %s where Redis is away, too old, may evict, or wants another password',
    async (command, context) => {
      const { redis, env } = await given(context, command)
      const said = (url: string) => refusal(context, command, { ...env, REDIS_URL: url })
      expect(await said(`redis://${nobody}`)).toEqual(
        oneSentence(/Redis cannot be reached at 127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1[.;].*/),
      )
      expect(await said(await oldRedis(context, '6.2.14'))).toEqual(
        oneSentence(/The Redis at 127\.0\.0\.1:\d+ is version 6\.2\.14; hydra-jobs needs 7\.0 or newer[.;].*/),
      )
      await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      expect(await said(redis.url)).toEqual(
        oneSentence(
          /The Redis at 127\.0\.0\.1:\d+ may throw away what is queued .* noeviction \(it is allkeys-lru\)[.;].*/,
        ),
      )
      await redis.client.config('SET', 'requirepass', 'right')
      const [code, text] = await said(redis.url.replace('//', '//:wrong-password@'))
      expect([code, text]).toEqual(oneSentence(/Redis cannot be reached at 127\.0\.0\.1:\d+: WRONGPASS .*/))
      expect(text).not.toContain('wrong-password')
    },
  )

  test('where MongoDB is away or too old, or a URL is none', async (context) => {
    const redis = await ownRedis(context)
    const said = (url: string) => refusal(context, 'scheduler', { REDIS_URL: redis.url, MONGO_URL: url })
    expect(await said(`mongodb://${nobody}`)).toEqual(
      oneSentence(/The store cannot be opened: No MongoDB server answers at 127\.0\.0\.1:1 .*ECONNREFUSED.*/),
    )
    expect(await said(await oldMongo(context, 8))).toEqual(
      oneSentence(
        /The store cannot be opened: The MongoDB server at 127\.0\.0\.1:\d+ is too old: MongoDB 4\.4 or newer is needed\./,
      ),
    )
    const [code, text] = await said('mongodb://user:secret-word@host:port')
    expect([code, text]).toEqual(
      oneSentence(/The store cannot be opened: The URL of the MongoDB server cannot be used: .*/),
    )
    expect(text).not.toContain('secret-word')
    const [, sentence] = oneSentence(/REDIS_URL must be a URL that begins with redis:\/\/, redis\+sentinel:\/\/ or .*/)
    expect(await refusal(context, 'worker', { ...token, REDIS_URL: 'localhost:6379' })).toEqual([2, sentence])
  })

  test.for(['scheduler', 'worker'])(
    'or, a %s that waits, ends in order when it is told to',
    async (command, context) => {
      const away = { REDIS_URL: `redis://${nobody}`, MONGO_URL: `mongodb://${nobody}` }
      const { child, said, ended } = started(context, [command, '--wait-for-stores'], { ...away, ...token })
      await until('its patience', () => said.text.includes('it is not there yet; trying again'))
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
      expect(said.text).toContain('stopping on SIGTERM')
    },
  )

  test('or waits for both, when it is told to, and starts when they come', async (context) => {
    const { redis, mongo, database } = await openStores(context)
    const proxy = await CuttableProxy.open(mongo)
    context.onTestFinished(() => proxy.close())
    proxy.goAway()
    await redis.kill()
    const env = { REDIS_URL: redis.url, MONGO_URL: proxy.url, MONGO_DB: database }
    const scheduler = started(context, ['scheduler', '--wait-for-stores'], env)
    const worker = started(context, ['worker', '--wait-for-stores'], { ...env, ...token })
    for (const { said } of [scheduler, worker])
      await until('its patience', () => said.text.includes('it is not there yet; trying again'))
    proxy.comeBack()
    await until('its patience with Redis', () => scheduler.said.text.includes('Redis cannot be reached'))
    await redis.run()
    await until('the scheduler', () => scheduler.said.text.includes('hydra scheduler is ready on http://'))
    // It reached the scheduler: its token is of no domain.
    const [code] = await worker.ended
    expect([code, worker.said.text.trim().split('\n').at(-1)]).toEqual([
      1,
      "hydra: The worker's token is not known, or it has ended.",
    ])
  })
})
