import process from 'node:process'
import { expect, test } from 'vitest'
import { type Facts, findFacts, type WorkerSettings } from './facts.ts'
import { answers, type Probe } from './probe.ts'
import { lookAround } from './surroundings.ts'

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

const facts = (probe: Probe, changes: Partial<WorkerSettings> = {}): Promise<Facts> => {
  const changed = { ...settings, ...changes }
  return findFacts(changed, lookAround(changed, probe))
}

/** A machine on which only these programs are there. */
const having =
  (programs: Record<string, string>): Probe =>
  async (file) =>
    programs[file] ?? null

test('each runtime that is found becomes a tag beside those that were set', async () => {
  const { card } = await facts(having({ python3: 'Python 3.12.1', uv: 'uv 0.9', podman: 'linux' }))
  expect(card.tags).toEqual(['gpu', 'python', 'uv', 'container'])
  expect(card.python_version).toBe('3.12.1')
})

test('without automatic tags only those that were set remain, and the version of Python is still told', async () => {
  const { card } = await facts(having({ python3: 'Python 3.13.0rc1' }), { autoTags: false })
  expect(card.tags).toEqual(['gpu'])
  expect(card.python_version).toBe('3.13.0rc1')
})

test('nothing found is nothing claimed', async () => {
  const { card } = await facts(having({}))
  expect(card.tags).toEqual(['gpu'])
  expect(card.python_version).toBe(null)
  expect(card.capabilities).toContain('external')
})

test('what the machine can run is found by trying', async () => {
  const windows = await facts(having({ cmd: 'Microsoft Windows [Version 10.0.19045]', python: 'Python 3.12.4' }))
  expect(windows.card.capabilities).toEqual(expect.arrayContaining(['batch', 'python', 'external']))
  expect(windows.host.python).toBe('python')
  const other = await facts(having({ cmd: 'some other program', python: 'Python 2.7.18' }))
  expect(other.card.capabilities).not.toContain('batch')
  expect(other.card.capabilities).not.toContain('python')
  expect(other.card.python_version).toBe(null)
})

test('an engine that takes its time does not hold up the start: its tag comes later', async () => {
  const engine = Promise.withResolvers<string>()
  const probe: Probe = async (file) => (file === 'docker' ? engine.promise : file === 'uv' ? 'uv 0.9' : null)
  const { card, laterTags } = await facts(probe)
  expect(card.tags).toEqual(['gpu'])
  engine.resolve('27.0')
  expect(await laterTags).toEqual(['gpu', 'uv', 'container'])
})

test('an inherited folder is the one the worker runs in', async () => {
  const inherit = await facts(having({}), { jobWorkdir: 'inherit' })
  const own = await facts(having({}))
  expect([inherit.host.workdir, own.host.workdir]).toEqual([process.cwd(), null])
})

test('the subnet is the first three parts of the address', async () => {
  const { card } = await facts(having({}))
  expect(`${card.subnet}.${card.ip.split('.')[3]}`).toBe(card.ip)
})

test('a program that is not there, fails or hangs is not found', async () => {
  const env = { PATH: '/usr/bin:/bin' }
  expect(await answers('no-such-program', [], env)).toBe(null)
  expect(await answers(process.execPath, ['-e', 'process.exit(1)'], env)).toBe(null)
  expect(await answers(process.execPath, ['-e', 'console.log("one\\ntwo")'], env)).toBe('one')
})
