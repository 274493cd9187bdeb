import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readClientConfig } from '../runtime/client-config.ts'
import { ownIdentity } from '../supervisor/identity.ts'
import { findServer, type ServerChoice, serverFor } from './find-server.ts'
import { announce, localServer } from './running.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hydra-cli-'))
  writeFileSync(join(folder, 'admin_token'), 'the-kept-token\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

const found = (choice: ServerChoice = {}, env: Record<string, string> = {}) =>
  serverFor(choice, readClientConfig({ HYDRA_DATA_DIR: folder, ...env }))

test('a flag goes before the environment, and that before the server that runs here', () => {
  announce(folder, 'http://127.0.0.1:4321')
  expect(found()).toEqual({ server: 'http://127.0.0.1:4321', token: 'the-kept-token' })
  const env = { API_BASE: 'https://jobs.example.com', API_TOKEN: 'of-the-environment' }
  expect(found({}, env)).toEqual({ server: env.API_BASE, token: env.API_TOKEN })
  const file = join(folder, 'mine')
  writeFileSync(file, 'of-a-file\n')
  expect(found({ server: 'http://other:1', tokenFile: file }, env)).toEqual({
    server: 'http://other:1',
    token: 'of-a-file',
  })
  expect(found({ apiBase: 'http://other:2' }, env).server).toBe('http://other:2')
})

test('the token that is kept here is sent to the server here alone, by whichever of its names', () => {
  announce(folder, 'http://127.0.0.1:4321')
  expect(found({ server: 'http://elsewhere:4321' }).token).toBeNull()
  expect(found({ server: 'http://127.0.0.1:4322' }).token).toBeNull()
  expect(found({ server: 'http://localhost:4321/' }).token).toBe('the-kept-token')
  expect(found({}, { ADMIN_TOKEN: 'that-it-was-given' }).token).toBe('that-it-was-given')
})

test('without a server, a sentence says what to do; a token alone means the usual address', () => {
  expect(() => found()).toThrow(/start one with `hydra up`/)
  expect(found({}, { API_TOKEN: 'a-token' })).toEqual({ server: 'http://127.0.0.1:8000', token: 'a-token' })
  expect(() => found({ server: 'jobs.example.com' })).toThrow(/not the address of a server/)
  expect(() => found({ server: 'http://x', tokenFile: join(folder, 'none') })).toThrow(
    /^There is no file .*none\. Name one that holds a token/,
  )
  expect(findServer({ server: 'http://x' }).server).toBe('http://x')
})

test('what a server wrote is for its owner alone, can be asked, and is believed only while that very process lives', () => {
  const withdraw = announce(folder, 'http://0.0.0.0:4321')
  const file = join(folder, 'server.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(localServer(folder)).toBe('http://127.0.0.1:4321')
  const written: object = JSON.parse(readFileSync(file, 'utf8'))
  for (const other of [{ pid: 2 ** 22 + 1 }, { start: (ownIdentity().start ?? 0) + 1 }, { boot: 'another' }]) {
    writeFileSync(file, JSON.stringify({ ...written, ...other }))
    // Without /proc a process is told by its pid alone.
    if ('pid' in other || ownIdentity().start !== null) expect(localServer(folder)).toBeNull()
  }
  writeFileSync(file, 'half')
  expect(localServer(folder)).toBeNull()
  withdraw()
  withdraw()
  expect(localServer(folder)).toBeNull()
})
