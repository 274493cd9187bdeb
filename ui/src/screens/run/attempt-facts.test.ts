import { expect, test } from 'vitest'
import { type Attempt, factsOfTwo, neighbourOf } from './attempt-facts.ts'

const attempt = (more: Partial<Attempt>): Attempt => ({
  attempt: 1,
  worker_id: 'w1',
  start_ts: '2026-11-25T10:00:00.000Z',
  end_ts: '2026-11-25T10:00:02.000Z',
  returncode: 3,
  outcome: 'failed',
  reason: 'exit code 3 not in [0]',
  ...more,
})

test('of two attempts it is told what they have in common and what not', () => {
  const other = attempt({ attempt: 2, worker_id: 'w2', returncode: null, outcome: 'timed_out', reason: 'timed out' })
  expect(factsOfTwo(attempt({}), other).map(({ name, of, differs }) => [name, ...of, differs])).toEqual([
    ['Outcome', 'failed', 'timed out', true],
    ['Reason', 'exit code 3 not in [0]', 'timed out', true],
    ['Exit code', '3', 'none', true],
    ['Worker', 'w1', 'w2', true],
    ['Took', '2 s', '2 s', false],
  ])
  const running = attempt({ end_ts: null, outcome: null, returncode: null, reason: null })
  expect(factsOfTwo(running, attempt({ start_ts: null, outcome: 'not_spawned' })).map(({ of }) => of)).toContainEqual([
    'still running',
    'not started',
  ])
})

test('an attempt is compared with the one before it, the first with the second', () => {
  const all = [1, 2, 3].map((n) => attempt({ attempt: n }))
  expect([1, 2, 3].map((n) => neighbourOf(all, n))).toEqual([2, 1, 2])
  expect(neighbourOf(all.slice(0, 1), 1)).toBeNull()
})
