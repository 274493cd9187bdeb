import process from 'node:process'
import { expect, test } from 'vitest'
import { findFacts, type WorkerSettings } from './facts.ts'
import { answers, type Probe } from './probe.ts'

const settings: WorkerSettings = {
  domain: 'prod',
  workerId: 'w1',
  tags: ['gpu'],
  autoTags: true,
  allowedUsers: [],
  queues: ['default'],
  maxConcurrency: 2,
  initialState: 'online',
  deploymentType: 'docker',
  jobWorkdir: 'own',
  ttl: null,
  version: '1.2.3',
  baseEnvironment: { PATH: '/usr/bin:/bin' },
}

/** A machine on which only these programs are there. */
const having =
  (programs: Record<string, string>): Probe =>
  async (file) =>
    programs[file] ?? null

test('each runtime that is found becomes a tag beside those that were set', async () => {
  const { card } = await findFacts(settings, having({ python3: 'Python 3.12.1', uv: 'uv 0.9', podman: 'linux' }))
  expect(card.tags).toEqual(['gpu', 'python', 'uv', 'container'])
  expect(card.python_version).toBe('3.12.1')
})

test('without automatic tags only those that were set remain, and the version of Python is still told', async () => {
  const { card } = await findFacts({ ...settings, autoTags: false }, having({ python3: 'Python 3.13.0rc1' }))
  expect(card.tags).toEqual(['gpu'])
  expect(card.python_version).toBe('3.13.0rc1')
})

test('nothing found is nothing claimed', async () => {
  const { card } = await findFacts(settings, having({}))
  expect(card.tags).toEqual(['gpu'])
  expect(card.python_version).toBe(null)
  expect(card.capabilities).toContain('external')
})

test('an inherited folder is the one the worker runs in', async () => {
  const inherit = await findFacts({ ...settings, jobWorkdir: 'inherit' }, having({}))
  const own = await findFacts(settings, having({}))
  expect([inherit.host.workdir, own.host.workdir]).toEqual([process.cwd(), null])
})

test('the subnet is the first three parts of the address', async () => {
  const { card } = await findFacts(settings, having({}))
  expect(`${card.subnet}.${card.ip.split('.')[3]}`).toBe(card.ip)
})

test('a program that is not there, fails or hangs is not found', async () => {
  const env = { PATH: '/usr/bin:/bin' }
  expect(await answers('no-such-program', [], env)).toBe(null)
  expect(await answers(process.execPath, ['-e', 'process.exit(1)'], env)).toBe(null)
  expect(await answers(process.execPath, ['-e', 'console.log("one\\ntwo")'], env)).toBe('one')
})
