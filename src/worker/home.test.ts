import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newWorkerId, takeHome } from './home.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hydra-home-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const take = (workerId: string | null = null) => takeHome({ dataDir, workerId, hostname: 'build box' })

test('a worker without an id gets one from its host, and the same again after a restart', () => {
  const first = take()
  expect(first.worker_id).toMatch(/^build-box-[a-z]{6}$/)
  first.lock.release()
  const second = take()
  expect(second.worker_id).toBe(first.worker_id)
  expect(second.secret).toBe(first.secret)
  second.lock.release()
})

test('beside a living worker a second one gets an id of its own', () => {
  const first = take()
  const second = take()
  expect(second.worker_id).not.toBe(first.worker_id)
  expect(second.secret).not.toBe(first.secret)
  first.lock.release()
  second.lock.release()
})

test('an id that another process has is refused with a sentence', () => {
  const first = take('w1')
  expect(() => take('w1')).toThrow('Another process on this machine is the worker w1')
  first.lock.release()
  take('w1').lock.release()
})

test('an id cannot leave the folder of the workers', () => {
  expect(() => take('..')).toThrow("cannot be a worker's id")
  expect(() => take('pending')).toThrow("cannot be a worker's id")
})

test('what is no worker is passed over', () => {
  mkdirSync(join(dataDir, 'workers', 'not an id'), { recursive: true })
  mkdirSync(join(dataDir, 'workers', 'pending'))
  writeFileSync(join(dataDir, 'workers', 'a-file'), '')
  const home = take()
  expect(home.worker_id).toMatch(/^build-box-/)
  home.lock.release()
})

test.skipIf(process.platform === 'win32')('the secret has 256 bits and is for its owner alone', () => {
  const home = take('w1')
  expect(home.secret).toMatch(/^[\w-]{43}$/)
  expect(statSync(join(home.folder, 'secret')).mode & 0o777).toBe(0o600)
  home.lock.release()
})

test('a host name is cleaned to what an id may hold', () => {
  expect(newWorkerId('..größe/x..')).toMatch(/^gr-e-x-[a-z]{6}$/)
  expect(newWorkerId('')).toMatch(/^worker-[a-z]{6}$/)
  expect(newWorkerId('h'.repeat(300))).toMatch(/^h{57}-[a-z]{6}$/)
})
