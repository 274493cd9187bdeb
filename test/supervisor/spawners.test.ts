import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aRig, aShell, type Rig, statusOf } from './rig.ts'

/** What a program sees of itself, without a shell between it and the supervisor. */
const seen = async (rig: Rig, file: string, args: string[], env?: Record<string, string>): Promise<string> => {
  const end = await rig.run(aShell('', { file, args, ...(env && { env }) }))
  expect(end.reason).toBe('')
  return end.stdout
}

const field = (status: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]

describe.each(['posix_spawn', 'child_process'] as const)('what a job sees, by %s', (spawner) => {
  const rigged = () => aRig(spawner === 'child_process' ? spawner : undefined)

  test('every signal at its default and none blocked', async () => {
    const rig = await rigged()
    const status = await seen(rig, '/bin/cat', ['/proc/self/status'])
    const sets = ['SigIgn', 'SigBlk', 'SigCgt', 'SigPnd', 'ShdPnd'].map((name) => field(status, name))
    // 32 and 33 are glibc's own, which its posix_spawn leaves ignored; whoever needs them sets a handler.
    const own = 0x180000000n
    expect(sets.map((set) => BigInt(`0x${set}`) & ~own)).toEqual(Array(5).fill(0n))
    const order = aShell('set -o pipefail; yes | head -1')
    expect(await rig.run(order)).toMatchObject({ returncode: 141, stdout: 'y\n' })
  })

  test('an empty stdin, two streams, and no other descriptor', async () => {
    const rig = await rigged()
    expect((await seen(rig, '/bin/ls', ['/proc/self/fd'])).split('\n')).toEqual(['0', '1', '2', '3', ''])
    expect(await seen(rig, '/bin/readlink', ['/proc/self/fd/0'])).toBe('/dev/null\n')
    expect(await seen(rig, '/bin/cat', [])).toBe('')
  })

  test('a session and a group of its own', async () => {
    const rig = await rigged()
    const order = aShell('', { file: '/bin/cat', args: ['/proc/self/stat'] })
    const { stdout } = await rig.run(order)
    const { pid } = await rig.started(order)
    const [parent, group, session, terminal] = stdout.slice(stdout.lastIndexOf(')') + 4).split(' ')
    expect([parent, group, session, terminal].map(Number)).toEqual([rig.pid, pid, pid, 0])
  })

  test("the supervisor's limits and umask", async () => {
    const rig = await rigged()
    const own = await seen(rig, '/bin/cat', [`/proc/${rig.pid}/limits`])
    expect(await seen(rig, '/bin/cat', ['/proc/self/limits'])).toBe(own)
    expect(field(await seen(rig, '/bin/cat', ['/proc/self/status']), 'Umask')).toBe(field(statusOf(rig.pid), 'Umask'))
  })

  test('exactly the environment and the arguments that were given', async () => {
    const rig = await rigged()
    const env = { PATH: '/nowhere', EMPTY: '', 'odd name': 'a=b\nc', ÜMLAUT: 'ß€😀' }
    const entries = (await seen(rig, '/usr/bin/env', ['-0'], env)).split('\0').filter(Boolean).sort()
    expect(entries).toEqual(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    )
    expect(await seen(rig, '/usr/bin/env', [], {})).toBe('')
    const args = ['-c', 'printf "%s|" "$0" "$@"', 'zero', '', 'a b', '"quoted"', "it's", '$HOME', '*', 'ß€😀']
    expect(await seen(rig, '/bin/bash', args)).toBe('zero||a b|"quoted"|it\'s|$HOME|*|ß€😀|')
    expect((await seen(rig, 'cat', ['/proc/self/cmdline'], { PATH: '/bin' })).split('\0')).toEqual([
      'cat',
      '/proc/self/cmdline',
      '',
    ])
  })

  test('a name is looked up in its own PATH, and it runs in its workdir', async () => {
    const rig = await rigged()
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'hydra-cwd-')))
    const order = aShell('', { file: 'pwd', args: ['-P'], cwd, env: { PATH: '/nowhere:/bin' } })
    expect(await rig.run(order)).toMatchObject({ returncode: 0, stdout: `${cwd}\n` })
    expect(await rig.run({ ...order, token: 2, env: { PATH: '/nowhere' } })).toMatchObject({ cause: 'not_spawned' })
  })
})

test("the supervisor's environment and command line hold nothing of the agent's", async () => {
  const rig = await aRig()
  const order = aShell(`tr '\\0' '\\n' < /proc/$PPID/environ; tr '\\0' ' ' < /proc/$PPID/cmdline`)
  const { stdout } = await rig.run(order)
  expect(stdout).toMatch(/supervisor\/main\.ts --folder \S+ $/)
  for (const name of ['VITEST', 'NODE_ENV', 'npm_']) expect(stdout).not.toContain(name)
})
