import { expect, test } from 'vitest'
import { JobDefinition } from './job.ts'
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
