import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminToken, RealServer, until } from './server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

let server: RealServer
beforeAll(async () => {
  server = await RealServer.start()
})
afterAll(() => server.clean())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command as a newcomer types it in the folder of the clone, with nothing but what the README names. */
function run(command: string, env: Record<string, string> = {}): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  const known = {
    PATH: `${dirname(process.execPath)}:${PATH}`,
    HOME,
    API_BASE: server.url,
    API_TOKEN: adminToken,
    ...env,
  }
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd: root, env: known, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
  })
}

/** The runs of the job that a script said it had submitted under this name. */
async function runsOf(said: string, name: string) {
  const id = new RegExp(`${name.replaceAll('.', '\\.')} (?:as|is) (\\S+)`).exec(said)?.[1]
  return (await server.call('GET', `/jobs/${id}/runs?order=asc`)).json
}

const single = {
  'bash examples/submit_job.sh': 0,
  'bash examples/submit_job.sh examples/example_jobs.json': 0,
  'bash examples/submit_job.sh examples/jobs/failing.json': 1,
  'python3 examples/submit_job.py': 0,
  'node_modules/.bin/node examples/submit_job.ts': 0,
  'node_modules/.bin/node examples/submit_job.ts examples/example_jobs.json': 0,
  'node_modules/.bin/node examples/submit_job.ts examples/jobs/failing.json': 1,
  'python3 examples/submit_job.py examples/example_jobs.json': 0,
  'python3 examples/submit_job.py examples/jobs/failing.json': 1,
}

test('the scripts that submit one job tell what came of its run, and end accordingly', async () => {
  await Promise.all(
    Object.entries(single).map(async ([command, code]) => {
      const { out, err, ...ended } = await run(command)
      expect(err, command).toBe('')
      expect(ended.code, `${command}: ${out}`).toBe(code)
      const name = code === 0 ? 'test-echo' : 'smoke-failing'
      const [first] = await runsOf(out, name)
      expect(first, command).toMatchObject(
        code === 0
          ? { status: 'success', stdout: 'hello world\n', completion_reason: 'criteria satisfied' }
          : { status: 'failed', stderr: 'boom\n', returncode: 42, completion_reason: 'exit code 42 not in [0]' },
      )
      expect(out).toContain(`${name}: ${first.status} (${first.completion_reason}`)
      expect(out).toContain(`| ${first.stdout || first.stderr}`)
    }),
  )
})

test('the smoke test and the import run every definition of examples/jobs, and what came of each is told', async () => {
  const [smoke, imported] = await Promise.all([
    run('python3 examples/seed_test_jobs.py'),
    run('python3 examples/import_jobs.py'),
  ])
  expect(smoke, smoke.err).toMatchObject({ code: 0, err: '' })
  expect(smoke.out).toContain('All 5 jobs came out as meant. smoke-cron goes on')
  expect(imported, imported.err).toMatchObject({ code: 0, err: '' })
  const files = readdirSync(join(root, 'examples/jobs'))
  expect(files).toHaveLength(5)
  for (const file of files) {
    const { name, schedule } = JSON.parse(readFileSync(join(root, 'examples/jobs', file), 'utf8'))
    const wanted = name === 'smoke-failing' ? 'failed' : 'success'
    for (const runs of [await runsOf(smoke.out, name), await runsOf(imported.out, file)])
      expect(runs.map(({ status }: { status: string }) => status)).toEqual(schedule.mode === 'cron' ? [] : [wanted])
    expect(imported.out).toContain(schedule.mode === 'cron' ? `${name}: planned for ` : `${name}: ${wanted} (`)
  }
  const [python] = await runsOf(smoke.out, 'smoke-python')
  expect(python.stdout).toBe('tick one two words\ntock\n')
  const [long] = await runsOf(smoke.out, 'smoke-long')
  const removal = /^ {4}(curl -X DELETE .*)$/m.exec(smoke.out)?.[1] ?? 'none'
  expect(await run(removal)).toMatchObject({ code: 0, out: expect.stringContaining('"ok":true') })
  expect((await server.call('GET', `/jobs/${removal.split('/').at(-1)}`)).status).toBe(404)
  expect(long.stdout).toMatch(/^start\nstep 1 of 5\n(step .*\n)+done\n$/)
})

test('the cron example runs at its ticks', async () => {
  const { out } = await run('bash examples/submit_job.sh examples/jobs/cron.json')
  const id = /as (\S+)/.exec(out)?.[1]
  expect(out).toMatch(/its next run is planned for \S+:\d[05]:00\.000Z/)
  // Nobody waits five minutes: the same job, every second.
  await server.call('PUT', `/jobs/${id}`, { schedule: { cron: '* * * * * *' } })
  const first = await until('a tick', async () => (await server.call('GET', `/jobs/${id}/runs?order=asc`)).json[0])
  const ended = await server.runIs(first._id)
  expect(ended).toMatchObject({ status: 'success', stdout: `tick of ${ended.schedule_tick}\n` })
  await server.call('DELETE', `/jobs/${id}`)
})

const scripts = [
  'bash examples/submit_job.sh',
  'node_modules/.bin/node examples/submit_job.ts',
  'python3 examples/submit_job.py',
  'python3 examples/import_jobs.py',
  'python3 examples/seed_test_jobs.py',
]

test('without a token, with a wrong one and without a server the scripts say so in a sentence', async () => {
  await Promise.all(
    scripts.map(async (command) => {
      const cases = [
        [{ API_TOKEN: '' }, /^API_TOKEN is not set\. .*export API_TOKEN=/],
        [{ API_TOKEN: 'nonsense' }, /does not know this API_TOKEN\./],
        [{ API_BASE: 'http://127.0.0.1:1' }, /No hydra-jobs server answers at http:\/\/127\.0\.0\.1:1.*npm start/],
      ] as const
      for (const [env, sentence] of cases) {
        const { code, out, err } = await run(command, env)
        expect({ code, out }, command).toEqual({ code: 2, out: '' })
        expect(err, command).toMatch(sentence)
        expect(err, command).not.toContain('Traceback')
        expect(err, command).not.toContain('curl: ')
      }
    }),
  )
})

test('a definition that cannot be read is told of in a sentence', async () => {
  expect(await run('bash examples/submit_job.sh nowhere.json')).toEqual({
    code: 2,
    out: '',
    err: 'The file nowhere.json cannot be read.\n',
  })
})

test('a definition that is refused leaves no job, and every fault is told', async () => {
  const file = join(server.folder, 'bad.json')
  writeFileSync(file, JSON.stringify({ name: 'refused', retries: -1, executor: { type: 'shell', script: '' } }))
  await Promise.all(
    scripts.slice(0, 4).map(async (command) => {
      // What is imported beside a wrong one is not imported either.
      const beside = command.includes('import') ? 'examples/example_jobs.json ' : ''
      const { code, out, err } = await run(`${command} ${beside}${file}`)
      expect({ code, out }, command).toEqual({ code: 2, out: '' })
      expect(err).toContain('retries: must be at least 0')
      expect(err).toContain('executor.script: must not be blank')
    }),
  )
  expect((await server.call('GET', '/jobs/?q=refused')).json).toEqual([])
})
