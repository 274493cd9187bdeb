import { describe, expect, test } from 'vitest'
import { Executor } from '../model/executor.ts'
import type { AttemptFacts, HostFacts, Launch } from './command.ts'
import { programsAsked } from './python.ts'
import { launchOf } from './registry.ts'

const host: HostFacts = {
  os: 'linux',
  has_bin_bash: true,
  python: 'python3',
  versions: {},
  base_environment: { PATH: '/usr/bin' },
  workdir: null,
}
const attempt = {
  run_id: 'r1',
  job_id: 'j1',
  domain: 'prod',
  attempt: 2,
  scheduled_ts: 0,
  script_path: "/w/it's.script",
}

function launch(executor: unknown, facts: Partial<HostFacts> = {}, more: Partial<AttemptFacts> = {}): Launch {
  const launched = launchOf(Executor.parse(executor), { ...attempt, ...more }, { ...host, ...facts })
  if ('refused' in launched) throw new Error(launched.refused)
  return launched
}

describe('shell', () => {
  test('bash is /bin/bash, and its arguments count from $1', () => {
    const { file, args } = launch({ type: 'shell', script: 'echo $1', args: ['a b', ''] })
    expect([file, ...args]).toEqual(['/bin/bash', '-c', 'echo $1', 'bash', 'a b', ''])
  })

  test('login reads the profile', () => {
    expect(launch({ type: 'shell', script: 'x', login: true }).args).toEqual(['-lc', 'x', 'bash'])
  })

  test('another shell is looked up by its name', () => {
    const { file, args } = launch({ type: 'shell', script: 'x', shell: 'dash', args: ['1'] })
    expect([file, ...args]).toEqual(['dash', '-c', 'x', 'dash', '1'])
  })

  test('without /bin/bash, and on Windows, bash is looked up too', () => {
    expect(launch({ type: 'shell', script: 'x' }, { has_bin_bash: false }).file).toBe('bash')
    expect(launch({ type: 'shell', script: 'x' }, { os: 'windows' }).file).toBe('bash')
  })
})

describe('a script that is too long for an argument', () => {
  const script = `echo ${'x'.repeat(100_000)}`

  test('is read from a file by the shell, under the same $0 and arguments', () => {
    const launched = launch({ type: 'shell', script, args: ['a b'] })
    expect(launched.args).toEqual(['-c', ". '/w/it'\\''s.script'", 'bash', 'a b'])
    expect(launched.script).toBe(script)
  })

  test('is counted in bytes, and stays an argument up to 100 kB', () => {
    expect(launch({ type: 'shell', script: script.slice(0, 100_000) }).script).toBe(null)
    expect(launch({ type: 'shell', script: 'é'.repeat(50_001) }).script).not.toBe(null)
  })

  test('on Windows comes earlier, and its path has slashes that a shell does not eat', () => {
    const facts = { os: 'windows', has_bin_bash: false } as const
    const launched = launch({ type: 'shell', script: 'x'.repeat(8000) }, facts, { script_path: 'C:\\w\\a.cmd' })
    expect(launched.args).toEqual(['-c', ". 'C:/w/a.cmd'", 'bash'])
  })
})

describe('batch', () => {
  const windows = { os: 'windows', has_bin_bash: false } as const
  const path = { script_path: 'C:\\my jobs\\a.cmd' }

  test('one line is handed to cmd as it is, quotes included', () => {
    const { file, args, script, verbatim } = launch({ type: 'batch', script: 'dir "C:\\my files"\n' }, windows)
    expect({ file, args, script, verbatim }).toEqual({
      file: 'cmd',
      args: ['/s', '/c', '"dir "C:\\my files""'],
      script: null,
      verbatim: true,
    })
  })

  test('several lines, and arguments, need a file: cmd would read the first line alone', () => {
    const batch = { type: 'batch', script: 'echo one\necho %1', args: ['a b', 'c', 'say "x"', ''] }
    const { args, script } = launch(batch, windows, path)
    expect(args).toEqual(['/s', '/q', '/c', '""C:\\my jobs\\a.cmd" "a b" c "say ""x""" """'])
    expect(script).toBe('@chcp 65001 >nul\r\necho one\r\necho %1\r\n')
    expect(launch({ type: 'batch', script: 'echo %1', args: ['x'] }, windows, path).script).toContain('echo %1')
  })

  test('where the system is not Windows but has a cmd, the arguments are its own words', () => {
    expect(launch({ type: 'batch', script: 'ver' })).toMatchObject({ args: ['/c', 'ver'], verbatim: false })
    expect(launch({ type: 'batch', script: 'ver', shell: '/opt/cmd' }).file).toBe('/opt/cmd')
  })
})

describe('python', () => {
  const version = (python_version: string, versions: Record<string, string> = {}, more: object = {}) =>
    launchOf(Executor.parse({ type: 'python', code: 'x', environment: { python_version }, ...more }), attempt, {
      ...host,
      versions,
    })

  test('code is an argument, and what follows it is sys.argv', () => {
    const { file, args } = launch({ type: 'python', code: 'print(1)', args: ['a b', '$HOME'] })
    expect([file, ...args]).toEqual(['python3', '-c', 'print(1)', 'a b', '$HOME'])
  })

  test('code above 100 kB is read from a file', () => {
    const code = `x = "${'x'.repeat(100_000)}"`
    const { args, script } = launch({ type: 'python', code, args: ['1'] })
    expect([args[0], ...args.slice(2)]).toEqual(['-c', "/w/it's.script", '1'])
    expect(script).toBe(code)
  })

  test('an interpreter is taken as it is named', () => {
    expect(launch({ type: 'python', code: 'x', interpreter: '/opt/py/bin/pypy3' }).file).toBe('/opt/py/bin/pypy3')
    expect(version('pypy3')).toMatchObject({ file: 'pypy3' })
  })

  test('python3, or a version 3, is any Python 3 of the worker', () => {
    expect(launch({ type: 'python', code: 'x' }, { python: 'python' }).file).toBe('python')
    for (const any of ['3', 'python3', ' Python3 ']) expect(version(any)).toMatchObject({ file: 'python3' })
  })

  test('the version wins over the interpreter, with or without the word python', () => {
    const found = { 'python3.11': '3.11.7' }
    for (const asked of ['3.11', 'python3.11'])
      expect(version(asked, found, { interpreter: 'python2' })).toMatchObject({ file: 'python3.11' })
  })

  test('a version is looked for under every name, and a full one is checked', () => {
    const found = { 'python3.11': '3.11.7', python3: '3.12.1' }
    expect(version('3.12', found)).toMatchObject({ file: 'python3' })
    expect(version('3.11.7', found)).toMatchObject({ file: 'python3.11' })
    expect(version('3.11.9', found)).toEqual({
      refused: "there is no Python 3.11.9 on the worker's PATH: python3.11 is 3.11.7, python3 is 3.12.1",
    })
    expect(version('3.1', found)).toEqual({
      refused: "there is no Python 3.1 on the worker's PATH: python3 is 3.12.1",
    })
    expect(version('2.7')).toEqual({
      refused: "there is no Python 2.7 on the worker's PATH: neither python2.7 nor python2 nor python answers",
    })
    expect(version('3.14', { 'python3.14': '3.14.0rc1' })).toMatchObject({ file: 'python3.14' })
    expect(version('3.14.0', { 'python3.14': '3.14.0rc1' })).toMatchObject({ file: 'python3.14' })
  })

  test('in a PATH of its own a job finds its version by name, unasked', () => {
    const env = { PATH: '/opt/py/bin' }
    expect(version('3.11', {}, { env })).toMatchObject({ file: 'python3.11' })
    expect(version('3.11.7', {}, { env })).toEqual({ refused: expect.stringContaining('cannot be checked') })
    const asked = (executor: object) => programsAsked(Executor.parse({ type: 'python', code: 'x', ...executor }))
    expect(asked({ env, environment: { python_version: '3.11' } })).toEqual([])
    expect(asked({ environment: { python_version: '3.11' } })).toEqual(['python3.11', 'python3', 'python'])
    expect(asked({ environment: { python_version: '3' } })).toEqual([])
    expect(asked({})).toEqual([])
    expect(programsAsked(Executor.parse({ type: 'shell', script: 'x' }))).toEqual([])
  })
})

test('an external command gets its arguments as they are', () => {
  const { file, args } = launch({ type: 'external', command: '/opt/my tool', args: ['$HOME', '*'] })
  expect([file, ...args]).toEqual(['/opt/my tool', '$HOME', '*'])
})

describe('environment', () => {
  test("the job's env wins over the base, and what hydra tells wins over the job's env", () => {
    const { env } = launch({ type: 'external', command: 'x', env: { PATH: '/mine', A: '1', HYDRA_RUN_ID: 'forged' } })
    expect(env).toEqual({
      PATH: '/mine',
      A: '1',
      HYDRA_RUN_ID: 'r1',
      HYDRA_JOB_ID: 'j1',
      HYDRA_ATTEMPT: '2',
      HYDRA_DOMAIN: 'prod',
      HYDRA_SCHEDULED_TS: '1970-01-01T00:00:00.000Z',
    })
  })

  test('on Windows a name is handed over once, in whatever case it was written', () => {
    const facts = { os: 'windows', base_environment: { Path: 'C:\\bin', HOME: 'C:\\me' } } as const
    const { env } = launch({ type: 'external', command: 'x', env: { PATH: 'D:\\bin', hydra_run_id: 'forged' } }, facts)
    expect(Object.keys(env).filter((name) => /^(path|home|hydra_run_id)$/i.test(name))).toEqual([
      'HOME',
      'PATH',
      'HYDRA_RUN_ID',
    ])
  })
})

describe('folder', () => {
  test('a job without one runs in a folder of its own, or where the worker says', () => {
    expect(launch({ type: 'external', command: 'x' }).cwd).toBe(null)
    expect(launch({ type: 'external', command: 'x' }, { workdir: '/srv' }).cwd).toBe('/srv')
  })

  test("the job's own wins", () => {
    expect(launch({ type: 'external', command: 'x', workdir: '/tmp' }, { workdir: '/srv' }).cwd).toBe('/tmp')
  })
})
