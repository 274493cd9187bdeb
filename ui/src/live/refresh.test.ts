import { expect, test } from 'vitest'
import { staleAfter } from './refresh.ts'

const keysOf = (type: Parameters<typeof staleAfter>[0]['type'], payload: Record<string, string>): readonly string[] =>
  staleAfter({ type, payload }).map((key) => key.join(' '))

test('an event makes old what shows what it speaks of, and nothing of other jobs', () => {
  expect(keysOf('worker_online', { worker_id: 'w' })).toEqual(['workers', 'worker w', 'queue', 'health'])
  expect(keysOf('job_updated', { job_id: 'j' })).toEqual(['job j', 'queue', 'jobs-count'])
  const ended = keysOf('run_finished', { job_id: 'j', run_id: 'r' })
  for (const key of ['job j', 'run r', 'marks j', 'stats', 'failures', 'running']) expect(ended).toContain(key)
  expect(keysOf('run_started', { job_id: 'j', run_id: 'r' })).not.toContain('stats')
})
