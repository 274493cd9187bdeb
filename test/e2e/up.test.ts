import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, type TestContext, test } from 'vitest'
import { isWhole } from '../selection.ts'
import { adminToken, isAlive, jobProcesses, launch, newFolder, RealServer, until } from './server.ts'

const execute = promisify(execFile)

/** Starts a server that is gone when the test is over. */
async function start(context: TestContext, options: Parameters<typeof RealServer.start>[0] = {}): Promise<RealServer> {
  const server = await RealServer.start(options)
  context.onTestFinished(() => server.clean())
  return server
}

/** What a start that cannot be says, and its exit code. */
async function refusal(folder: string, env: Record<string, string>): Promise<{ code: number; text: string }> {
  const child = launch(folder, env)
  let text = ''
  child.stdout?.on('data', (more) => (text += String(more)))
  child.stderr?.on('data', (more) => (text += String(more)))
  const [code] = await once(child, 'exit')
  return { code, text }
}

describe.concurrent('the first minute', () => {
  test('without ADMIN_TOKEN one is made and kept, and the printed lines submit a job and show it', async (context) => {
    const server = await start(context, { env: { ADMIN_TOKEN: '' } })
    const file = join(server.folder, 'admin_token')
    await until('the banner', () => server.output.includes('See what became of it'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(server.output).toContain(`in ${file}`)
    expect(server.output).not.toContain(readFileSync(file, 'utf8').trim())
    const [submit = '', see = ''] = server.output.split('\n').filter((line) => line.trim().startsWith('curl'))
    const made = JSON.parse((await execute('bash', ['-c', submit])).stdout)
    expect(made.name).toBe('hello')
    const [run] = await until('its run to end', async () => {
      const runs = JSON.parse((await execute('bash', ['-c', see])).stdout)
      return runs[0]?.status === 'success' ? runs : undefined
    })
    expect(run.stdout).toMatch(/^hello from \S+\n$/)
    const docs = /API docs\s+(\S+)/.exec(server.output)?.[1] ?? ''
    expect((await fetch(docs)).status).toBe(200)
  })
  test('a taken data directory, a taken port and a setting that cannot be used are said in one sentence', async (context) => {
    const server = await start(context)
    const other = newFolder()
    const port = new URL(server.url).port
    const [folder, taken, wrong] = [
      await refusal(server.folder, { PORT: port }),
      await refusal(other, { PORT: port }),
      await refusal(other, { PORT: 'soon' }),
    ]
    expect(readdirSync(other), 'the refused leave no trace').toEqual([])
    rmSync(other, { recursive: true, force: true })
    expect(folder).toEqual({
      code: 1,
      text: expect.stringMatching(/^hydra: The data directory .* is in use by another hydra; [^\n]+\n$/),
    })
    expect(taken.code).toBe(1)
    expect(taken.text).toMatch(/^hydra: Port \d+ on 127\.0\.0\.1 is taken by another program; [^\n]+\n$/)
    const impossible = await refusal('/proc/nope', {})
    const unknown = await refusal(other, { REDIS_URL: 'amqp://127.0.0.1' })
    rmSync(other, { recursive: true, force: true })
    expect(impossible).toEqual({ code: 1, text: expect.stringMatching(/^hydra: The data directory [^\n]+\n$/) })
    expect(unknown.text).toBe(
      'hydra: REDIS_URL must be a URL that begins with redis://, redis+sentinel:// or redis+cluster:// (rediss with TLS).\n',
    )
    expect(wrong).toEqual({ code: 2, text: 'hydra: PORT must be a whole number from 0 to 65535, not "soon".\n' })
  })
})

describe.concurrent('the end', () => {
  test.for(isWhole ? (['SIGTERM', 'SIGINT', 'SIGHUP'] as const) : (['SIGTERM'] as const))(
    '%s: what ends in time ends, what does not is interrupted and runs again',
    async (signal, context) => {
      const server = await start(context, { env: { DRAIN_SECONDS: '1' } })
      const mark = join(server.folder, 'go')
      const quick = await server.submit('sleep 0.4; echo quick')
      const long = await server.submit(`[ -e ${mark} ] && { echo again; exit; }; echo first; sleep 300`)
      await server.runIs(long.run, 'running')
      await server.runIs(quick.run, 'running', 'success')
      const supervisor = server.supervisorPid
      expect(await server.end(signal)).toBe(0)
      expect(supervisor !== null && isAlive(supervisor), 'the supervisor is left').toBe(false)
      expect(jobProcesses(server.folder)).toEqual([])
      writeFileSync(mark, '')
      const next = await start(context, { folder: server.folder })
      const run = await next.runIs(long.run)
      expect(run).toMatchObject({ status: 'success', attempt: 2, failovers: 0 })
      expect(run.attempts.map(({ outcome, reason }: { outcome: string; reason: string }) => [outcome, reason])).toEqual(
        [
          ['interrupted', 'worker stopped'],
          ['success', 'criteria satisfied'],
        ],
      )
      expect(await next.log(long.run)).toBe('first\nagain\n')
      expect((await next.run(quick.run)).status).toBe('success')
    },
  )
  test('a second signal more than a second later ends at once', async (context) => {
    const server = await start(context, { env: { DRAIN_SECONDS: '600' } })
    const { run } = await server.submit('trap "" TERM; echo up; while :; do sleep 1; done')
    await until('it to be up', async () => (await server.log(run)) === 'up\n')
    server.child.kill('SIGTERM')
    await until('the drain', () => server.output.includes('stopping on SIGTERM'))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const before = performance.now()
    await server.end('SIGTERM')
    expect(performance.now() - before).toBeLessThan(10_000)
    await until('no process to be left', () => jobProcesses(server.folder).length === 0)
  })
  test.for(isWhole ? (['SIGKILL', 'SIGTERM', 'SIGHUP'] as const) : (['SIGKILL'] as const))(
    'npm start leaves nothing behind when npm ends by %s',
    async (signal) => {
      const folder = newFolder()
      const root = fileURLToPath(new URL('../..', import.meta.url))
      const npm = spawn('npm', ['start'], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PORT: '0', HYDRA_DATA_DIR: folder, ADMIN_TOKEN: adminToken, DRAIN_SECONDS: '1' },
      })
      let output = ''
      npm.stdout.on('data', (text) => (output += String(text)))
      const url = await until('it to be ready', () => /ready on (http:\S+)/.exec(output)?.[1], 60)
      npm.kill(signal)
      await until(
        'the server to be gone',
        () =>
          fetch(`${url}/health`).then(
            () => false,
            () => true,
          ),
        30,
      )
      await until(
        'its lock to be free',
        () =>
          !readdirSync(join(folder, 'workers')).some((worker) => existsSync(join(folder, 'workers', worker, 'pid'))),
        30,
      )
      rmSync(folder, { recursive: true, force: true })
    },
  )
})

describe.concurrent('kill -9 of the server alone', () => {
  test('what runs goes on, the next start takes it up again, its log has no gap', async (context) => {
    const server = await start(context)
    const { run } = await server.submit('for i in $(seq 1 60); do echo line $i; sleep 0.05; done')
    await until('some lines', async () => (await server.log(run)).includes('line 5\n'))
    await server.end('SIGKILL')
    expect(jobProcesses(server.folder).length).toBeGreaterThan(0)
    const next = await start(context, { folder: server.folder })
    expect(await next.runIs(run)).toMatchObject({ status: 'success', attempt: 1 })
    expect(await next.log(run)).toBe(Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join(''))
  })
  test('an end that nobody was there to hear is found in the journal', async (context) => {
    const server = await start(context)
    const { run } = await server.submit('echo before; sleep 0.7; echo after; exit 7')
    await until('it to run', async () => (await server.log(run)) === 'before\n')
    await server.end('SIGKILL')
    await until('it to end alone', () => jobProcesses(server.folder).length === 0)
    const next = await start(context, { folder: server.folder })
    expect(await next.runIs(run)).toMatchObject({ status: 'failed', returncode: 7, attempt: 1 })
    expect(await next.log(run)).toBe('before\nafter\n')
  })
})

describe.concurrent('secrets', () => {
  test('a job finds none of ours: not in its environment, nor in /proc of server and supervisor, nor in a descriptor', async (context) => {
    const secret = 'a-very-secret-admin-token-0123456789'
    const server = await start(context, { env: { ADMIN_TOKEN: secret, HYDRA_SECRET_KEY: secret, MONGO_URL: '' } })
    const script =
      'env; for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ; tr "\\0" " " < $p/cmdline; done 2>/dev/null; ls -l /proc/self/fd'
    const made = await fetch(`${server.url}/jobs/`, {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'spy', executor: { type: 'shell', script: `${script}; echo end` } }),
    })
    const job = ((await made.json()) as { _id: string })._id
    const ask = async (path: string) =>
      (await fetch(server.url + path, { headers: { 'x-api-key': secret } })).json() as Promise<
        { _id: string; status: string }[]
      >
    const run = await until('it to end', async () =>
      (await ask(`/jobs/${job}/runs`)).find(({ status }) => status === 'success'),
    )
    const log = await (await fetch(`${server.url}/runs/${run._id}/log`, { headers: { 'x-api-key': secret } })).text()
    expect(log).toContain('HYDRA_RUN_ID=')
    expect(log).toContain('supervisor')
    // This test's own process was never given the secret by its environment: where it shows, the server leaked it.
    expect(log).not.toContain(secret)
  })
})

test.concurrent('a temporary folder of its own, gone afterwards; nothing is left over many runs', async (context) => {
  const server = await start(context)
  const { run } = await server.submit('pwd; mkdir -p a/b; chmod 0 a; echo x > f')
  const { stdout } = await server.runIs(run)
  expect(stdout.trim()).toContain(join(server.folder, 'workers'))
  expect(existsSync(stdout.trim())).toBe(false)
})

test.concurrent('a job submitted under a folder with a long path runs too', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), `hydra-${'long-'.repeat(20)}`))
  const server = await start(context, { folder })
  expect(await server.runIs((await server.submit('echo ok')).run)).toMatchObject({ status: 'success', stdout: 'ok\n' })
})
