import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, type TestContext, test } from 'vitest'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'
import { isAlive, RealServer, until } from './server.ts'

const script = fileURLToPath(new URL('../../examples/own-worker/worker.py', import.meta.url))
const hasLibrary = spawnSync('python3', ['-c', 'import redis']).status === 0

test('a worker of one’s own, over Redis, does what the protocol asks of it', async (context: TestContext) => {
  if (!hasServer) context.skip(noServer)
  if (!hasLibrary) context.skip("there is no Python 3 with redis-py here (pip install 'redis>=5')")
  const redis = await OwnRedis.start()
  const server = await RealServer.start({ args: ['up', '--no-worker'], env: { REDIS_URL: redis.url } })
  const workers: ChildProcess[] = []
  const folder = mkdtempSync(join(tmpdir(), 'hydra-own-'))
  context.onTestFinished(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await server.clean()
    await redis.end()
    rmSync(folder, { recursive: true, force: true })
  })
  const token = (await server.call('POST', '/admin/domains/prod/token')).json.token

  function start(more: Record<string, string> = {}): { child: ChildProcess; said: () => string } {
    const { PATH = '', HOME = '' } = process.env
    const own = { STATE_DIR: folder, TMPDIR: folder, WORKER_DOMAIN_TOKEN: token, WORKER_ID: 'own' }
    const env = { PATH, HOME, REDIS_URL: redis.url, ...own, ...more }
    const child = spawn('python3', [script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    workers.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)))
    return { child, said: () => said }
  }

  const refused = start({ WORKER_DOMAIN_TOKEN: 'not-a-token-of-anyone' })
  expect(await once(refused.child, 'exit')).toEqual([1, null])
  expect(refused.said()).toMatch(/^UNAUTHENTICATED: /)

  /** A life of the worker that is registered, and the id of its session. */
  async function begin(): Promise<{ child: ChildProcess; said: () => string; session: string }> {
    const { child, said } = start()
    const session = await until('its registration', () => /registered as own, session (\S+)/.exec(said())?.[1])
    return { child, said, session }
  }
  /** The number that a running job wrote, of a process. */
  const pidOf = (run: string): Promise<number> =>
    until('the pid in its log', async () => Number(/^\d+$/m.exec(await server.log(run))?.[0] ?? 0))

  const first = await begin()
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

  const shell = (workdir: string, script: string) => server.submit('', { executor: { type: 'shell', script, workdir } })
  const left = await shell('/', 'echo "$HYDRA_SCHEDULED_TS in $PWD"; (sleep 311 >/dev/null 2>&1 & echo $!)')
  const nowhere = await shell('/not/there', 'echo so')
  expect(await server.runIs(left.run)).toMatchObject({ status: 'success' })
  expect(await server.log(left.run)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z in \/$/m)
  expect(await server.runIs(nowhere.run)).toMatchObject({ status: 'failed', returncode: null })
  expect(isAlive(await pidOf(left.run))).toBe(false)

  first.child.kill('SIGTERM')
  expect(await once(first.child, 'exit')).toEqual([0, null])
  expect((await server.call('GET', '/workers/')).json).toEqual([])

  const killed = await begin()
  const { run } = await server.submit('echo $$; sleep 600; echo after')
  const pid = await pidOf(run)
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  const next = await begin()
  expect([next.session, isAlive(pid)]).toEqual([killed.session, false])
  expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
  const nextPid = await until('the pid of its second attempt', async () => {
    const pids = [...(await server.log(run)).matchAll(/^\d+$/gm)].map(Number)
    return pids.find((one) => one !== pid)
  })
  const [{ id }] = (await server.call('GET', '/admin/domains/prod/tokens')).json
  await server.call('DELETE', `/admin/domains/prod/tokens/${id}`)
  expect(await once(next.child, 'exit')).toEqual([1, null])
  expect([next.said(), isAlive(nextPid)]).toEqual([expect.stringContaining('UNAUTHENTICATED: '), false])
})
