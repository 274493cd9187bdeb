import { expect, test } from 'vitest'
import { JobDefinition } from './job.ts'
import { difference } from './job-difference.ts'

const defined = (more: Record<string, unknown> = {}) =>
  JobDefinition.parse({ name: 'x', executor: { type: 'shell', script: 'true' }, ...more })

test('names what changed and nothing else, by its path', () => {
  const before = defined({ priority: 1, schedule: { mode: 'interval', interval_seconds: 60 } })
  const after = defined({ priority: 2, schedule: { mode: 'interval', interval_seconds: 60, enabled: false }, key: 'k' })
  expect(difference(before, after)).toEqual({
    before: { key: null, priority: 1, 'schedule.enabled': true },
    after: { key: 'k', priority: 2, 'schedule.enabled': false },
  })
  expect(difference(before, before)).toEqual({ before: {}, after: {} })
})

test('tells of scripts, arguments and environments that they changed, never what they hold', () => {
  const before = defined({
    executor: { type: 'shell', script: 'curl -u me:pw1', env: { TOKEN: 's1' }, args: ['--pw', 'a1'] },
  })
  const after = defined({ executor: { type: 'python', code: 'key = "s2"', env: { OTHER: 's3' }, args: ['a2'] } })
  const { before: was, after: is } = difference(before, after)
  expect(was).toMatchObject({
    'executor.type': 'shell',
    'executor.script': '(hidden)',
    'executor.env': '(hidden)',
    'executor.args': '(hidden)',
  })
  expect(is).toMatchObject({
    'executor.type': 'python',
    'executor.code': '(hidden)',
    'executor.interpreter': 'python3',
  })
  expect(JSON.stringify([was, is])).not.toMatch(/pw1|s1|s2|s3|a1|a2|TOKEN|OTHER/)
})

test('tells of a long value how long it is', () => {
  const { after } = difference(defined(), defined({ completion: { stdout_contains: ['x'.repeat(1000)] } }))
  expect(after).toEqual({ 'completion.stdout_contains': '(1004 characters)' })
})
