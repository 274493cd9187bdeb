import { expect, test } from 'vitest'
import { aRun } from '../../test/builders.ts'
import { runEvents } from './tell.ts'

test('the end of a run that never had a worker names none; of one that had, the last', () => {
  const before = aRun({ status: 'pending', worker_id: null, attempts: [] })
  const payloads = (worker_id: string | null) =>
    runEvents({ ...before, worker_id }, { ...before, worker_id, status: 'cancelled' }, 0).map(({ payload }) => payload)
  expect(payloads(null)).toHaveLength(1)
  expect(payloads(null)[0]).not.toHaveProperty('worker_id')
  expect(payloads('w-1')).toEqual([expect.objectContaining({ worker_id: 'w-1', status: 'cancelled' })])
})
