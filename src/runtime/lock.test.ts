import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hydra-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a folder has one holder; released, another may have it', () => {
  const first = lockFolder(folder)
  expect(first).not.toBe(null)
  expect(lockFolder(folder)).toBe(null)
  first?.release()
  first?.release()
  const second = lockFolder(folder)
  expect(second).not.toBe(null)
  second?.release()
})

test('the lock ends with a process that was killed, and not before', async (context) => {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    const said = lockFolder(${JSON.stringify(folder)}) === null ? 'refused' : 'locked'
    // Nobody mentions the lock any more; it stands all the same.
    globalThis.gc()
    setTimeout(() => console.log(said), 0)
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.onTestFinished(() => void holder.kill('SIGKILL'))
  const [said] = await once(holder.stdout, 'data')
  expect(String(said)).toBe('locked\n')
  expect(lockFolder(folder)).toBe(null)
  const ended = once(holder, 'exit')
  holder.kill('SIGKILL')
  await ended
  const after = lockFolder(folder)
  expect(after).not.toBe(null)
  after?.release()
})

test('a folder that is not there is an error, not a refusal', () => {
  expect(() => lockFolder(join(folder, 'missing'))).toThrow()
})
