import { describe, expect, test } from 'vitest'
import { aRun, aSession, builtAt } from '../../test/builders.ts'
import { explainRun, holdSentence } from './explain.ts'
import type { WorkerView } from './views-workers.ts'

const aWorker = (card: Parameters<typeof aSession>[0] = {}, more: Partial<WorkerView> = {}): WorkerView => ({
  card: aSession(card),
  state: 'online',
  status: 'online',
  heartbeat: builtAt,
  running: [],
  ...more,
})

const why = (workers: readonly WorkerView[], run = aRun(), ahead: number | null = null): string =>
  explainRun(run, { workers, ahead, now: builtAt }).summary

describe('a run that is due', () => {
  test('nobody is online', () => {
    expect(why([])).toBe('No worker of the domain prod is online.')
    expect(why([aWorker({}, { status: 'offline' })])).toBe('No worker of the domain prod is online.')
  })

  test('none fits, for one reason or for several', () => {
    const [one, two] = [aWorker({ worker_id: 'a', queues: ['gpu'] }), aWorker({ worker_id: 'b', queues: ['gpu'] })]
    expect(why([one])).toBe('The only worker that is online, a, does not fit: it does not serve the queue default.')
    expect(why([one, two])).toBe(
      'None of the 2 workers that are online fits, each for the same reason: it does not serve the queue default.',
    )
    expect(why([one, aWorker({ capabilities: [] })])).toBe(
      'None of the 2 workers that are online fits, for 2 different reasons.',
    )
  })

  test('all that fit are full, with how many are before it', () => {
    const full = aWorker(
      { worker_id: 'a', max_concurrency: 1 },
      { running: [{ run_id: 'r', job_id: 'j', token: 1, slot: 0, user: 'default' }] },
    )
    expect(why([full])).toBe('All slots of a are taken.')
    expect(why([full], aRun(), 1)).toBe('All slots of a are taken, and 1 run is before it.')
    expect(why([full, aWorker({ worker_id: 'b' }, { state: 'draining' })])).toBe('All slots of a are taken.')
  })

  test('all that fit take no new work', () => {
    const draining = (worker_id: string) => aWorker({ worker_id }, { state: 'draining' })
    expect(why([draining('a'), draining('b'), draining('c')])).toBe('a, b and 1 more would fit but take no new work.')
  })

  test('busy workers are waited for, while none that fits and takes work is told apart', () => {
    const lacks = (workers: readonly WorkerView[], run = aRun()): boolean =>
      explainRun(run, { workers, ahead: null, now: builtAt }).no_worker
    const busy = aWorker(
      { max_concurrency: 1 },
      { running: [{ run_id: 'r', job_id: 'j', user: 'u', token: 1, slot: 0 }] },
    )
    const useless = [
      aWorker({ queues: ['gpu'] }),
      aWorker({}, { state: 'draining' }),
      aWorker({}, { status: 'offline' }),
    ]
    expect([lacks([]), lacks(useless), lacks([...useless, busy])]).toEqual([true, true, false])
    expect(lacks([], aRun({ not_before: builtAt + 1 }))).toBe(false)
    expect(lacks([], aRun({ status: 'running' }))).toBe(false)
  })

  test('each worker is listed with what keeps it from taking the run', () => {
    const run = aRun()
    const workers = [
      aWorker({ worker_id: 'a' }),
      aWorker({ worker_id: 'b', os: 'windows', queues: [] }),
      aWorker({ worker_id: 'c' }, { status: 'offline' }),
    ]
    expect(explainRun(run, { workers, ahead: null, now: builtAt }).workers).toEqual([
      { worker_id: 'a', excluded_by: null },
      { worker_id: 'b', excluded_by: 'it does not serve the queue default' },
      { worker_id: 'c', excluded_by: 'it is offline' },
    ])
  })
})

test('a run that is held or not due says what it waits for', () => {
  expect(holdSentence(aRun({ hold: { kind: 'overlap', of: 'r1' } }), builtAt)).toBe(
    'It waits until the run r1 of its job is over.',
  )
  expect(holdSentence(aRun({ status: 'retrying', not_before: builtAt + 2000 }), builtAt)).toBe(
    'It waits for its next attempt at 2026-03-01T00:00:02.000Z.',
  )
  expect(holdSentence(aRun(), builtAt)).toBeNull()
})
