import { expect, test } from 'vitest'
import { faultOfServer } from './checks.ts'

const info = (more: Record<string, string> = {}): string =>
  Object.entries({ redis_version: '7.2.4', maxmemory_policy: 'noeviction', ...more })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')

test('a server that is new enough and throws nothing away is relied on', () => {
  expect(faultOfServer({ info: info(), replicas: { toWrite: 0, maxLag: 10 } }, 'here', false)).toBeNull()
  expect(faultOfServer({ info: 'redis_version:8.0.0\r\n', replicas: null }, 'here', false)).toBeNull()
})

test('an old server, and one that may throw data away, are refused with a sentence that says where and what', () => {
  expect(faultOfServer({ info: info({ redis_version: '6.2.14' }), replicas: null }, 'a:1', false)).toBe(
    'The Redis at a:1 is version 6.2.14; hydra-jobs needs 7.0 or newer.',
  )
  expect(faultOfServer({ info: info({ maxmemory_policy: 'volatile-ttl' }), replicas: null }, 'a:1', false)).toContain(
    'set its maxmemory-policy to noeviction (it is volatile-ttl)',
  )
})

test('a master that may be replaced must stop without its replicas, also where it does not tell its settings', () => {
  const of = (replicas: { toWrite: number; maxLag: number } | null, more = {}) =>
    faultOfServer({ info: info(more), replicas }, 'a:1', true)
  expect(of({ toWrite: 1, maxLag: 3 })).toBeNull()
  for (const replicas of [{ toWrite: 0, maxLag: 3 }, { toWrite: 1, maxLag: 10 }, { toWrite: 1, maxLag: 0 }, null])
    expect(of(replicas)).toContain('set min-replicas-to-write 1 and min-replicas-max-lag 3')
  expect(of(null, { min_slaves_good_slaves: '2' })).toBeNull()
})
