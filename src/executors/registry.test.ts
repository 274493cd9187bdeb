import { describe, expect, test } from 'vitest'
import { Executor } from '../model/executor.ts'
import type { HostFacts, Launch } from './command.ts'
import { launchOf } from './registry.ts'

const host: HostFacts = { os: 'linux', has_bin_bash: true, base_environment: { PATH: '/usr/bin' }, workdir: null }
const attempt = { run_id: 'r1', job_id: 'j1', domain: 'prod', attempt: 2, scheduled_ts: 0 }

function launch(executor: unknown, facts: Partial<HostFacts> = {}): Launch {
  const launched = launchOf(Executor.parse(executor), attempt, { ...host, ...facts })
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

test('an external command gets its arguments as they are', () => {
  const { file, args } = launch({ type: 'external', command: '/opt/my tool', args: ['$HOME', '*'] })
  expect([file, ...args]).toEqual(['/opt/my tool', '$HOME', '*'])
})

test('a type that this version does not run is refused with a sentence', () => {
  const executor = Executor.parse({ type: 'batch', script: 'dir' })
  expect(launchOf(executor, attempt, host)).toEqual({ refused: 'this worker runs no batch jobs' })
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
