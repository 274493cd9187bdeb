import { expect, test } from 'vitest'
import { aSession, builtAt } from '../../test/builders.ts'
import { listedWorkers, workerViews } from './views-workers.ts'

test('a worker of another protocol is listed as incompatible among the others, for a day after its last sign of life', () => {
  const now = builtAt
  const seat = {
    card: aSession({ worker_id: 'b' }),
    session: 's',
    state: 'online',
    heartbeat: now,
    running: [],
  } as const
  const strangers = [
    { card: aSession({ worker_id: 'a' }), heartbeat: now - 11_000 },
    { card: aSession({ worker_id: 'c' }), heartbeat: now },
    { card: aSession({ worker_id: 'd' }), heartbeat: now - 25 * 3_600_000 },
  ]
  const listed = listedWorkers(workerViews([seat], now, 10_000), strangers, now, 10_000)
  expect(listed.map(({ card, state, status }) => [card.worker_id, state, status])).toEqual([
    ['a', 'incompatible', 'offline'],
    ['b', 'online', 'online'],
    ['c', 'incompatible', 'online'],
  ])
})
