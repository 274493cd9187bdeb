import { expect, test } from 'vitest'
import { Affinity, subnetFaults, type WorkerFacts } from './affinity.ts'
import { exclusion } from './exclusion.ts'
import { byLoad, classKey, score } from './placement.ts'

const worker: WorkerFacts = {
  os: 'linux',
  tags: ['GPU', 'eu'],
  allowed_users: ['ann', 'bob'],
  queues: ['default', 'night'],
  hostname: 'Node-7',
  ip: '10.1.2.3',
  subnet: '10.1.2',
  deployment_type: 'docker',
  capabilities: ['shell', 'external'],
}
const need = (
  affinity: Record<string, unknown>,
  more: Partial<{ queue: string; user: string; executor_type: string }> = {},
) => ({
  queue: 'default',
  user: 'ann',
  executor_type: 'shell',
  affinity: Affinity.parse(affinity),
  ...more,
})

test.each([
  ['empty lists admit all', need({}), null],
  [
    'os, tag and host names compare without case',
    need({ os: ['LINUX'], tags: ['gpu', 'EU'], hostnames: ['node-7'] }),
    null,
  ],
  ['every tag is needed', need({ tags: ['gpu', 'ssd', 'arm'] }), 'it lacks the tag ssd, arm'],
  ['another os', need({ os: ['windows'] }), 'its os is linux, not windows'],
  ['a queue that it does not serve', need({}, { queue: 'Default' }), 'it does not serve the queue Default'],
  ['a user that it does not run', need({}, { user: 'eve' }), 'it does not run jobs of the user eve'],
  ['no common user', need({ allowed_users: ['eve'] }), 'it runs jobs of none of the users eve'],
  ['a common user', need({ allowed_users: ['eve', 'bob'] }), null],
  ['the first three parts of the address', need({ subnets: ['10.1.2'] }), null],
  ['CIDR that holds it', need({ subnets: ['10.1.0.0/16'] }), null],
  ['CIDR that does not', need({ subnets: ['10.1.2.128/25'] }), 'its subnet is 10.1.2'],
  ['CIDR that is none', need({ subnets: ['10.1.2.3/99'] }), 'its subnet is 10.1.2'],
  ['another deployment type', need({ deployment_types: ['vm'] }), 'its deployment type is docker'],
  [
    'what it cannot run',
    need({}, { executor_type: 'python' }),
    'it does not offer python jobs (hydra worker does where it finds Python 3)',
  ],
])('%s', (_, wants, reason) => expect(exclusion(wants, worker)).toBe(reason))

test('a subnet that no worker can be in is a fault of its place in the list', () => {
  expect(subnetFaults(['10.0.0', '10.0.0.0/8', '', '10.1.2.3', '0.0.0.0/0'])).toEqual([])
  const wrong = [
    '10.0',
    '10.0.256',
    '10.0.0.0/33',
    '10.0.0/24',
    '300.1.1.0/24',
    'fd00::/8',
    ' 10.0.0',
    'lan',
    '10.0.0.',
  ]
  expect(subnetFaults(wrong)).toEqual(
    wrong.map((_, at) => ({ path: `affinity.subnets.${at}`, message: expect.stringContaining('such as 10.0.0') })),
  )
  // That it is no list is the schema's to tell.
  for (const given of [undefined, null, 5, ['a', 5]]) expect(subnetFaults(given)).toEqual([])
})

test('a worker without ALLOWED_USERS takes every user', () => {
  expect(exclusion(need({ allowed_users: ['eve'] }, { user: 'eve' }), { ...worker, allowed_users: [] })).toBeNull()
})

test('higher priority first, older first within it, exact until 2109', () => {
  const day = Date.parse('2100-01-01T00:00:00Z')
  expect(score(6, day)).toBeLessThan(score(5, 0))
  expect(score(-1000, day)).toBeLessThan(Number.MAX_SAFE_INTEGER)
  expect(score(5, day) - score(5, day - 1)).toBe(1)
})

test('the least loaded worker first, then the one that runs fewer', () => {
  expect(byLoad({ running: 1, max: 4 }, { running: 1, max: 2 })).toBeLessThan(0)
  expect(byLoad({ running: 2, max: 4 }, { running: 1, max: 2 })).toBeGreaterThan(0)
})

test('the order of a list does not make another class', () => {
  expect(classKey('d', need({ tags: ['a', 'b'] }))).toBe(classKey('d', need({ tags: ['b', 'a'] })))
  expect(classKey('d', need({ tags: ['a'] }))).not.toBe(classKey('e', need({ tags: ['a'] })))
})
