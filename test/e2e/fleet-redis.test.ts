import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'
import { noTls, TlsRedis } from '../redis/tls.ts'
import { skipUnlessWhole } from '../selection.ts'
import { Fleet, untilFile } from './fleet.ts'
import { until } from './server.ts'

async function start(context: TestContext): Promise<{ fleet: Fleet; redis: OwnRedis }> {
  if (!hasServer) context.skip(noServer)
  const redis = await OwnRedis.start()
  context.onTestFinished(() => redis.end())
  return { fleet: await Fleet.start(context, redis), redis }
}

describe.concurrent('a fleet on Redis', () => {
  test('a run goes through Redis, with every line of a flood, and a cancel arrives at once', async (context) => {
    const { fleet } = await start(context)
    const { server } = fleet
    const one = await fleet.joined('w1')
    const { run } = await server.submit('seq 1 200000; echo end >&2')
    const over = await server.runIs(run)
    expect(over).toMatchObject({ status: 'success', worker_id: 'w1', stderr: 'end\n' })
    const lines = (await server.call('GET', `/runs/${run}/log?stream=stdout`)).text.trimEnd().split('\n')
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([200_000, '1', '200000'])
    const long = await fleet.runningOn(one, 'sleep 600')
    await server.call('POST', `/runs/${long}/cancel`)
    expect(await server.runIs(long)).toMatchObject({ status: 'cancelled' })
    expect(await one.end()).toBe(0)
    expect((await server.call('GET', '/workers/')).json).toEqual([])
  })

  test('over TLS, with a password and a certificate of each side, a run goes to a worker and its end comes back', async (context) => {
    skipUnlessWhole(context)
    if (!hasServer) context.skip(noServer)
    const tls = await TlsRedis.start()
    if (tls === null) return context.skip(noTls)
    context.onTestFinished(() => tls.redis.end())
    const env = { REDIS_URL: tls.url() }
    const fleet = await Fleet.start(context, tls.redis, { env })
    const one = await fleet.joined('w1', env)
    const { run } = await fleet.server.submit('env')
    const over = await fleet.server.runIs(run)
    expect(over).toMatchObject({ status: 'success', worker_id: 'w1' })
    // Neither the URL nor its files are a job's matter.
    expect(over.stdout).not.toMatch(/rediss|tls_|\.pem/)
    expect(await one.end()).toBe(0)
    for (const { output } of [fleet.server, one]) expect(output).not.toMatch(/p@ss|p%40ss/)
  })

  test('agent and supervisor are killed: what ran starts again elsewhere', async (context) => {
    skipUnlessWhole(context)
    const { fleet } = await start(context)
    const one = await fleet.joined('w1')
    const run = await fleet.runningOn(one, 'echo $HYDRA_ATTEMPT; [ $HYDRA_ATTEMPT = 2 ] || sleep 600')
    await fleet.joined('w2')
    await one.end('SIGKILL')
    one.killSupervisor()
    const killed = performance.now()
    const over = await fleet.server.runIs(run, 'success')
    console.log(`failover over Redis: ${((performance.now() - killed) / 1000).toFixed(1)} s after the kill (TTL 10 s)`)
    expect(over).toMatchObject({ worker_id: 'w2', attempt: 2, failovers: 1, stdout: '2\n' })
  })

  test('Redis loses everything: what runs finishes and is recorded, what waits is found again, nothing runs twice', async (context) => {
    const { fleet, redis } = await start(context)
    const { server } = fleet
    const one = await fleet.joined('w1', { MAX_CONCURRENCY: '2' })
    const [file, marks] = [join(server.folder, 'go-on'), join(server.folder, 'marks')]
    const script = `echo $HYDRA_RUN_ID $HYDRA_ATTEMPT >> ${marks}; ${untilFile(file)}`
    const runs = [await fleet.runningOn(one, script), await fleet.runningOn(one, script)]
    for (let n = 0; n < 3; n += 1) runs.push((await server.submit(script)).run)
    await redis.client.flushall()
    // One that is submitted while nobody knows of the worker any more.
    runs.push((await server.submit(script)).run)
    writeFileSync(file, '')
    for (const run of runs)
      expect(await server.runIs(run)).toMatchObject({ status: 'success', attempt: 1, stdout: 'begun\ndone\n' })
    const seen = readFileSync(marks, 'utf8').trimEnd().split('\n').sort()
    expect(seen).toEqual(runs.map((run) => `${run} 1`).sort())
  })

  test('Redis is away for longer than a lease, and comes back empty: as long as a scheduler can be reached no job ends', async (context) => {
    skipUnlessWhole(context)
    const { fleet, redis } = await start(context)
    const { server } = fleet
    const one = await fleet.joined('w1')
    const file = join(server.folder, 'go-on')
    const run = await fleet.runningOn(one, untilFile(file))
    await redis.kill()
    const refused = await server.call('POST', '/jobs/', { name: 'late', executor: { type: 'shell', script: 'true' } })
    expect([201, 503]).toContain(refused.status)
    await wait(13_000)
    expect(one.jobs.length).toBeGreaterThan(0)
    await redis.run()
    await fleet.isOnline('w1')
    writeFileSync(file, '')
    expect(await server.runIs(run)).toMatchObject({ status: 'success', attempt: 1, failovers: 0 })
    await until('what was accepted meanwhile to end', async () =>
      (await server.call('GET', '/runs/')).json.every(({ status }: { status: string }) => status === 'success'),
    )
  })
})
