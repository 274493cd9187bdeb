import { expect, test } from 'vitest'
import { JobDefinition, partsIn } from './job.ts'
import { warningsOf } from './job-warnings.ts'

const warnings = (more: object, next: number | null) =>
  warningsOf(JobDefinition.parse({ name: 'x', executor: { type: 'shell', script: ':' }, ...more }), next)

test('a schedule without a tick that is left is warned of, unless it is paused or immediate', () => {
  const ended = { mode: 'interval', interval_seconds: 60, end_at: '2020-01-01' }
  expect(warnings({ schedule: ended }, null)).toEqual(['schedule: no tick is left'])
  expect(warnings({ schedule: ended }, 1)).toEqual([])
  expect(warnings({ schedule: { ...ended, enabled: false } }, null)).toEqual([])
  expect(warnings({}, null)).toEqual([])
})

test('a system that no worker has is warned of, in any case of letters', () => {
  expect(warnings({ affinity: { os: ['Linux', 'solaris'] } }, 1)).toEqual([
    'affinity.os: solaris is none of linux, windows, darwin',
  ])
})

test('a queue, a user and a tag that no worker can list are warned of, for a comma is in them', () => {
  const told = warnings({ queue: 'a,b', user: 'x, y', affinity: { tags: ['gpu', 'a,b'], allowed_users: ['x, y'] } }, 1)
  expect(told.map((sentence) => sentence.split(':')[0])).toEqual([
    'queue',
    'user',
    'affinity.allowed_users',
    'affinity.tags',
  ])
  expect(told[0]).toBe('queue: no worker can list a,b, as a comma ends an entry of its WORKER_QUEUES')
  expect(warnings({ queue: 'a-b', user: 'x y', affinity: { tags: ['gpu'] } }, 1)).toEqual([])
})

test('a batch job for another shell than cmd is warned of, wherever cmd is', () => {
  const batch = (shell?: string) => warnings({ executor: { type: 'batch', script: 'ver', shell } }, 1)
  expect(batch('bash')).toEqual(['executor.shell: bash is started as cmd is, with /c; the type shell is for others'])
  expect(['/opt/cmd', 'C:\\Windows\\System32\\CMD.EXE', 'cmd', undefined].flatMap(batch)).toEqual([])
})

test('a definition that is not valid is warned of as far as its parts are', () => {
  const told = (more: object) => warningsOf(partsIn({ name: '', executor: { type: 'shell' }, ...more }), null)
  const affinity = { allowed_users: ['ann'] }
  const cron = { mode: 'cron', cron: '0 0 3 * * 1' }
  expect(told({ user: 'bob', affinity, queue: 'a,b', schedule: { ...cron, enabled: false } })).toEqual([
    'queue: no worker can list a,b, as a comma ends an entry of its WORKER_QUEUES',
    'user: bob is not among affinity.allowed_users',
    'schedule.cron: of six fields the first is for seconds',
  ])
  expect(told({ user: 5, affinity, schedule: { ...cron, jitter_seconds: -1 } })).toEqual([])
  for (const given of [{}, [], null, { user: 'bob', affinity: 5, queue: [], schedule: 'daily' }])
    expect(warningsOf(partsIn(given), null)).toEqual([])
})
