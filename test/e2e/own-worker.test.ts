import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, type TestContext, test } from 'vitest'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'
import { RealServer, until } from './server.ts'

const script = fileURLToPath(new URL('../../examples/own-worker/worker.py', import.meta.url))
const hasLibrary = spawnSync('python3', ['-c', 'import redis']).status === 0

test('a worker of one’s own, over Redis, does what the protocol asks of it', async (context: TestContext) => {
  if (!hasServer) context.skip(noServer)
  if (!hasLibrary) context.skip("there is no Python 3 with redis-py here (pip install 'redis>=5')")
  const redis = await OwnRedis.start()
  const server = await RealServer.start({ args: ['up', '--no-worker'], env: { REDIS_URL: redis.url } })
  const workers: ChildProcess[] = []
  context.onTestFinished(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await server.clean()
    await redis.end()
  })
  const token = (await server.call('POST', '/admin/domains/prod/token')).json.token

  function start(more: Record<string, string> = {}): { child: ChildProcess; said: () => string } {
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, REDIS_URL: redis.url, WORKER_DOMAIN_TOKEN: token, WORKER_ID: 'own', ...more }
    const child = spawn('python3', [script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    workers.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)))
    return { child, said: () => said }
  }

  const refused = start({ WORKER_DOMAIN_TOKEN: 'not-a-token-of-anyone' })
  expect(await once(refused.child, 'exit')).toEqual([1, null])
  expect(refused.said()).toMatch(/^UNAUTHENTICATED: /)

  const { child, said } = start()
  await until('its registration', () => said().includes('registered as own'))
  expect((await server.call('GET', '/workers/')).json).toMatchObject([{ worker_id: 'own', status: 'online' }])

  const many = await server.submit('seq 1 20000; printf half; sleep 0.2; echo " line"; echo "an error" >&2')
  const wrong = await server.submit('echo so; exit 3', { retries: 1, completion: { stdout_contains: ['so'] } })
  const late = await server.submit('exec sleep 600', { timeout: 1 })
  const long = await server.submit('exec sleep 600')
  expect(await server.runIs(many.run)).toMatchObject({ status: 'success', worker_id: 'own', stderr: 'an error\n' })
  const log = (await server.call('GET', `/runs/${many.run}/log?stream=stdout`)).text.trimEnd().split('\n')
  expect([log.length, log[0], log.at(-1)]).toEqual([20_001, '1', 'half line'])
  const { lines } = (await server.call('GET', `/runs/${many.run}/log/lines?from=20001&count=2`)).json
  expect(new Set(lines.map(({ text }: { text: string }) => text))).toEqual(new Set(['half line', 'an error']))
  expect(await server.runIs(wrong.run)).toMatchObject({ status: 'failed', attempt: 2, returncode: 3 })
  expect(await server.runIs(late.run)).toMatchObject({ status: 'timed_out', returncode: -9 })
  await server.runIs(long.run, 'running')
  await server.call('POST', `/runs/${long.run}/cancel`)
  expect(await server.runIs(long.run)).toMatchObject({ status: 'cancelled' })

  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect((await server.call('GET', '/workers/')).json).toEqual([])
})
