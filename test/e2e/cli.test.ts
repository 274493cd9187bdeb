import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CuttingProxy } from '../client/proxy.ts'
import { type Env, hasTerminals, hydra, onTerminal, type Said, shell } from './command.ts'
import { newFolder, RealServer, until } from './server.ts'

let server: RealServer
let env: Env
beforeAll(async () => {
  // It makes and keeps its own token: the commands are to find it.
  server = await RealServer.start({ env: { ADMIN_TOKEN: '' } })
  env = { HYDRA_DATA_DIR: server.folder }
})
afterAll(() => server.clean())

const call = (...args: readonly string[]): Promise<Said> => hydra(args, env).ended()
const submit = (definition: string, ...args: readonly string[]): Promise<Said> =>
  hydra(['submit', '-', ...args], env, definition).ended()
const job = (name: string, script: string, more = ''): string =>
  `name: ${name}\nkey: ${name}\nexecutor:\n  type: shell\n  script: |\n    ${script.replaceAll('\n', '\n    ')}\n${more}`

/** A job that runs only when it is told to. */
const onCall = 'schedule: {mode: interval, interval_seconds: 86400, enabled: false}\n'

describe('the server that runs here is found, and its token', () => {
  test('a job in YAML is stored, runs, and its output is all that comes on standard output', async () => {
    const said = await submit(job('hello', 'echo hello; echo oops >&2'), '--wait')
    expect(said).toMatchObject({ code: 0, stdout: 'hello\noops\n' })
    // Once more, from the same file: its key stays the stored job's.
    expect(await submit(job('hello', 'echo once more'), '--once', '-w')).toMatchObject({
      code: 0,
      stdout: 'once more\n',
    })
    expect(said.stderr).toMatch(/^Submitted hello \([0-9a-f-]{36}\)\nhello: success after \S+ \(run [0-9a-f-]{36}\)\n$/)
    const { last } = JSON.parse((await call('why', 'hello', '--json')).stdout)
    expect(last).toMatchObject({ status: 'success', stdout: 'hello\n', stderr: 'oops\n' })
  })

  test('where none runs, a sentence says what to do, and a file of a dead one is not believed', async () => {
    const folder = newFolder()
    const nowhere = await hydra(['jobs'], { HYDRA_DATA_DIR: folder }).ended()
    expect(nowhere).toMatchObject({ code: 6, stdout: '' })
    expect(nowhere.stderr).toContain('start one with `hydra up`')
    const left: object = JSON.parse(readFileSync(join(server.folder, 'server.json'), 'utf8'))
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ ...left, pid: 2 ** 22 + 1 }))
    expect((await hydra(['jobs'], { HYDRA_DATA_DIR: folder }).ended()).code).toBe(6)
    const gone = await hydra(['runs', '--server', 'http://127.0.0.1:9'], env).ended()
    expect([gone.code, gone.stderr]).toEqual([6, expect.stringContaining('cannot be reached')])
  })
})

test('a waited-for run answers with its own exit code, and whatever else happens has a code of its own', async () => {
  await submit(job('stands', 'true', onCall))
  const refused = { ...env, API_TOKEN: 'not-a-known-token' }
  const answers = await Promise.all([
    submit(job('three', 'exit 3'), '--wait'),
    submit(job('killed', 'kill -9 $$'), '--wait'),
    submit(job('late', 'sleep 60', 'timeout: 1\n'), '--wait'),
    submit(job('nobody', 'true', 'queue: gpu\n'), '--timeout', '1'),
    submit('name: ""\nexecutor: {type: shell}\n'),
    call('run'),
    call('run', 'stnads'),
    hydra(['jobs'], refused).ended(),
  ])
  expect(answers.map(({ code }) => code)).toEqual([3, 137, 7, 8, 2, 2, 3, 4])
  const [three, , , nobody, invalid, missing, unknown] = answers
  expect(three?.stderr).toContain('exit code 3 not in [0]')
  expect(nobody?.stderr).toContain('does not serve the queue gpu')
  expect(invalid?.stderr).toMatch(/The definition is not valid:\n {2}name: must not be blank\n {2}executor\.script/)
  expect(missing?.stderr).toContain("missing required argument 'job'")
  expect(unknown?.stderr).toContain('Did you mean "stands"?')

  const why = await call('why', 'nobody', '--json')
  expect([why.code, JSON.parse(why.stdout).explanation.no_worker]).toEqual([8, true])
  const wide = await call('cancel', '--job', 'nobody')
  expect([wide.code, wide.stderr]).toEqual([
    2,
    expect.stringMatching(/^hydra: Cancel the run \S+ of nobody\? .* --yes/),
  ])
  const [waiting] = JSON.parse((await call('runs', '--job', 'nobody', '--json')).stdout)
  expect(waiting.status).toBe('pending')
  expect((await call('cancel', waiting._id.slice(0, 30))).code).toBe(0)
  const again = await call('cancel', waiting._id)
  expect([again.code, again.stderr]).toEqual([
    5,
    `${waiting._id}: The run is final: cancelled. \`hydra retry ${waiting._id}\` runs it again.\n`,
  ])
  expect(await call('logs', waiting._id)).toEqual({
    code: 0,
    stdout: '',
    stderr: 'It never started: cancelled by admin.\n',
  })
  const none = await call('cancel', '--job', 'nobody', '--yes')
  expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('`hydra runs --job nobody` lists')])
})

test('a run has otherwise what its call says, and a retry of it that and more', async () => {
  await submit(job('changed', 'echo "$MODE $DEBUG $*"; exit $CODE', onCall))
  const first = await call(
    'run',
    'changed',
    '--wait',
    '--env',
    'MODE=full',
    '--env',
    'CODE=3',
    '--arg=--all',
    '--arg',
    'a b',
  )
  expect(first).toMatchObject({ code: 3, stdout: 'full  --all a b\n' })
  const [run] = JSON.parse((await call('runs', '--job', 'changed', '--json')).stdout)
  const again = await call('retry', run._id, '--wait', '--env', 'CODE=0', '--set', 'timeout=60')
  expect(again).toMatchObject({ code: 0, stdout: 'full  --all a b\n' })
  const [retried] = JSON.parse((await call('runs', '--job', 'changed', '--json')).stdout)
  expect(retried.retry_of).toBe(run._id)
  const [plain, file, typo, invalid, gone] = await Promise.all([
    call('retry', run._id.slice(0, 30), '--no-changes', '--env', 'CODE=5', '-w'),
    hydra(['run', 'changed', '--changes', '-', '--dry-run', '--json'], env, 'executor: {env: {CODE: "0"}}\n').ended(),
    call('run', 'changed', '--set', 'timout=5'),
    call('run', 'changed', '--set', 'timeout=soon', '--dry-run'),
    call('retry', '0199f3c2-7100-7000-8000-000000000000'),
  ])
  expect(plain).toMatchObject({ code: 5, stdout: '  \n' })
  expect(JSON.parse(file.stdout)).toMatchObject({ dry_run: true, changes: { executor: { env: { CODE: '0' } } } })
  expect([typo.code, typo.stderr]).toEqual([2, expect.stringContaining('Did you mean "timeout"?')])
  expect([invalid.code, invalid.stderr]).toEqual([2, expect.stringContaining('\n  timeout: ')])
  expect(gone.code).toBe(3)
})

test('rows for programs are whole, with tabs and times in UTC; JSON is one value or one a line; a reader may leave', async () => {
  const [rows, array, lines, head, dry] = await Promise.all([
    call('runs', '--job', 'hello'),
    call('jobs', '--json', '--sort', 'name'),
    call('jobs', '--jsonl', '--limit', '2'),
    shell('hydra runs --help | head -n 1; hydra runs --jsonl --all | head -n 1', env).ended(),
    call('submit', join(server.folder, 'none.yaml')),
  ])
  expect(rows.stdout).toMatch(
    /^[0-9a-f-]{36}\thello\tsuccess\t\d{4}-\d\d-\d\dT[\d:.]+Z\t[\d.]+\t0\tcriteria satisfied\n$/,
  )
  const names = JSON.parse(array.stdout).map(({ name }: { name: string }) => name)
  expect(names).toEqual(names.toSorted())
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)).length,
  ).toBe(2)
  expect(lines.stderr).toContain('There are more than these 2')
  expect([head.code, head.stderr, head.stdout.split('\n').length]).toEqual([0, '', 3])
  expect([dry.code, dry.stderr]).toEqual([
    2,
    expect.stringMatching(/^hydra: There is no file \S+none\.yaml\. Name one/),
  ])
})

test('workers are drained and enabled; domains and tokens are made, shown once, and end', async () => {
  const [worker] = JSON.parse((await call('workers', '--json')).stdout)
  expect((await call('workers', 'drain', worker.worker_id)).stdout).toContain('\tdraining\t')
  expect((await call('workers', 'enable', worker.worker_id)).stdout).toContain('\tonline\t')
  expect(await call('workers', 'drain', `${worker.worker_id}x`)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`Did you mean "${worker.worker_id}"?`),
  })
  const token = (await call('domains', 'create', 'acme', '--display-name', 'Acme')).stdout.trim().split('\t')[1]
  const file = join(server.folder, 'acme-token')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  expect((await call('jobs', '--token-file', file, '--json')).stdout).toBe('[]\n')
  const made = JSON.parse((await call('tokens', 'create', 'acme', 'board', '--role', 'read', '--json')).stdout)
  expect((await hydra(['runs'], { ...env, API_TOKEN: made.token }).ended()).code).toBe(0)
  const ofNone = [['list'], ['create', '--role', 'read', 'board'], ['delete', 'board']] as const
  for (const [act, ...rest] of ofNone)
    expect(await call('tokens', act, 'acmee', ...rest)).toMatchObject({
      code: 3,
      stderr: 'hydra: There is no domain "acmee". Did you mean "acme"? `hydra domains` lists them.\n',
    })
  expect((await call('tokens', 'delete', 'acme', 'board')).code).toBe(2)
  expect((await call('tokens', 'delete', 'acme', 'board', '--yes')).code).toBe(0)
  expect((await hydra(['runs'], { ...env, API_TOKEN: made.token }).ended()).code).toBe(4)
  const rotated = (await call('domains', 'rotate', 'acme', '--yes', '--json')).stdout
  expect(JSON.parse(rotated).token).not.toBe(token)
  expect((await call('jobs', '--token-file', file)).code).toBe(4)
  expect((await call('domains', 'delete', 'acme', '--yes')).code).toBe(0)
})

describe('a log', () => {
  test('is shown by line, attempt and stream, of a run, a job, or an address', async () => {
    const script = 'for i in 1 2 3 4 5; do echo "out $i of attempt $HYDRA_ATTEMPT"; echo "err $i" >&2; done; exit 1'
    expect((await submit(job('lines', script, 'retries: 1\n'), '--wait')).code).toBe(1)
    const [run] = JSON.parse((await call('runs', '--job', 'lines', '--json')).stdout)
    const [tail, found, address, objects, ofOne] = await Promise.all([
      call('logs', 'lines', '--attempt', '2', '--stream', 'stdout', '--tail', '2'),
      call('logs', run._id.slice(0, 30), '--grep', '^out 3', '--since', '1h'),
      call('logs', `${server.url}/runs/${run._id}`, '--failed', '--stream', 'stderr'),
      call('logs', 'lines', '--grep', 'out 1', '--json'),
      call('logs', 'lines', '--grep', '1$|out 5', '--stream', 'stderr', '--jsonl'),
    ])
    expect(tail.stdout).toBe('out 4 of attempt 2\nout 5 of attempt 2\n')
    expect(found.stdout).toBe('out 3 of attempt 1\nout 3 of attempt 2\n')
    expect(address.stdout).toBe('err 1\nerr 2\nerr 3\nerr 4\nerr 5\n'.repeat(2))
    expect(ofOne.stdout.split('\n').map((line) => line && JSON.parse(line).text)).toEqual(['err 1', 'err 1', ''])
    expect(JSON.parse(objects.stdout)).toMatchObject([
      { attempt: 1, n: 1, stream: 'stdout', text: 'out 1 of attempt 1' },
      { attempt: 2, n: 1, stream: 'stdout', text: 'out 1 of attempt 2' },
    ])
  })

  test('is followed over a cut and over the death of the server, with nothing lost or doubled', async () => {
    const gate = join(server.folder, 'gate')
    const wait = (n: number): string => `until [ -e ${gate}${n} ]; do sleep 0.05; done`
    const script = `echo one\n${wait(1)}\necho two; printf "ha"\n${wait(2)}\necho lf\n${wait(3)}\necho end`
    await submit(job('followed', script, onCall))
    const run = (await call('run', 'followed')).stdout.trim()
    const proxy = await CuttingProxy.start(() => Number(new URL(server.url).port))
    const token = readFileSync(join(server.folder, 'admin_token'), 'utf8').trim()
    const log = hydra(['logs', run, '-f'], { API_BASE: proxy.url, API_TOKEN: token })
    try {
      await log.says('one\n')
      await server.end('SIGKILL')
      writeFileSync(`${gate}1`, '')
      await log.says('The connection is lost')
      server = await RealServer.start({ folder: server.folder, env: { ADMIN_TOKEN: '' } })
      await log.says('two\nha')
      proxy.cut()
      writeFileSync(`${gate}2`, '')
      await log.says('half\n')
      proxy.cut()
      writeFileSync(`${gate}3`, '')
      expect(await log.ended()).toMatchObject({ code: 0, stdout: 'one\ntwo\nhalf\nend\n' })
      expect((await call('logs', run)).stdout).toBe('one\ntwo\nhalf\nend\n')
    } finally {
      log.child.kill('SIGKILL')
      await proxy.close()
    }
  })
})

test('on a terminal a run is followed; Ctrl-C leaves it, and twice cancels it', async (context) => {
  if (!hasTerminals()) return context.skip('no python3 here, which gives a terminal')
  const hostile = "printf '\\033]0;title\\007\\033[2J\\033[31mred\\033[0m\\n'; sleep 60"
  await submit(job('long', hostile, onCall))
  const first = onTerminal(100, ['run', 'long'], env)
  await first.says('red')
  // What the job wrote colours a word, and does nothing else to the terminal.
  expect(first.stdout).toContain('\x1b[31mred\x1b[0m')
  expect(first.stdout).not.toMatch(/title|\[2J/)
  first.press('\x03')
  expect((await first.ended()).code).toBe(130)
  expect(first.stdout).toMatch(/the run goes on\. Come back: .* logs \S+ -f/)
  const second = onTerminal(60, ['runs', '--job', 'long'], env)
  await second.ended()
  const [titles = '', row = ''] = second.stdout.split('\r\n')
  expect(titles).toContain('STARTED')
  expect(row).toMatch(/running.*ago/)
  const other = onTerminal(100, ['run', 'long'], env)
  await other.says('red')
  other.press('\x03')
  await other.says('Ctrl-C again')
  // Two that come together are one, as npm passes on what the terminal has told already: the next comes after that.
  const said = performance.now()
  await until('the time of a second press', () => performance.now() - said > 200)
  other.press('\x03')
  expect((await other.ended()).code).toBe(130)
  expect(other.stdout).toContain('long: cancelled')
  const asks = onTerminal(100, ['cancel', '--job', 'long'], env)
  await asks.says(/Cancel the run \S+ of long\? \[y\/N\]/)
  asks.press('y\r')
  expect((await asks.ended()).code).toBe(0)
})

test('what a server wrote about itself is gone when it has stopped', async () => {
  const file = join(server.folder, 'server.json')
  expect(existsSync(file)).toBe(true)
  await server.end()
  expect(existsSync(file)).toBe(false)
})
