import { expect, test } from 'vitest'
import type { JobDocument } from '../../../src/client/index.ts'
import { changedFields, changesIn, draftOf, fieldName, runnable, valueText } from './run-changes.ts'

const job: Pick<JobDocument, 'executor' | 'timeout' | 'retries' | 'priority' | 'queue' | 'affinity'> = {
  executor: {
    type: 'shell',
    script: 'true',
    shell: 'bash',
    login: false,
    args: ['a'],
    env: { A: '1', B: '2' },
    workdir: null,
  },
  timeout: 0,
  retries: 0,
  priority: 5,
  queue: 'default',
  affinity: { os: [], tags: [], allowed_users: [], hostnames: [], subnets: [], deployment_types: [] },
}

test('what a form says otherwise than the job is a patch, and the form of its retry begins with it', () => {
  const before = runnable(job)
  expect(changesIn(job, before)).toBeNull()
  const draft = { ...before, timeout: 60, executor: { ...job.executor, args: undefined, env: { A: '1', C: '3' } } }
  const changes = changesIn(job, JSON.parse(JSON.stringify(draft)))
  expect(changes).toEqual({ timeout: 60, executor: { args: null, env: { B: null, C: '3' } } })
  expect(draftOf(job, changes)).toEqual(JSON.parse(JSON.stringify(draft)))
  expect(draftOf(job, { executor: { type: 'python', code: 'pass' }, timeout: 9 })).toEqual(before)
})

test('changes are told by the names that people use', () => {
  const changes = {
    executor: { type: 'shell', args: ['x', 'y'], env: { MODE: null } },
    timeout: 7,
    affinity: { tags: ['gpu'] },
  }
  expect(changedFields(changes).map(({ path, value }) => `${fieldName(path)} ${valueText(value)}`)).toEqual([
    'arguments x y',
    '$MODE (none)',
    'timeout 7',
    'tags gpu',
  ])
  expect(changedFields(null)).toEqual([])
})
