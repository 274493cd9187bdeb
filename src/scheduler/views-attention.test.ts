import { expect, test } from 'vitest'
import { aJob, aRun } from '../../test/builders.ts'
import { addRun, noFigures, summaryOf } from '../model/figures.ts'
import type { Run } from '../model/run.ts'
import { noOutput } from '../model/run.ts'
import type { RunQuery } from '../ports/store.ts'
import { attentionView } from './views-attention.ts'
import type { PendingRow, QueueView } from './views-queue.ts'

const now = Date.parse('2026-05-05T10:00:00Z')
const minute = 60_000

const lasted = (job_id: string, ms: number, more: Partial<Run> = {}): Run =>
  aRun({
    job_id,
    status: 'success',
    created_at: now - 10 * minute,
    start_ts: now - 10 * minute,
    end_ts: now - 10 * minute + ms,
    ...more,
  })

/** A past of so many runs, each of so long. */
const pastOf = (count: number, ms: number) => {
  const figures = noFigures()
  for (let n = 0; n < count; n += 1) addRun(figures, lasted('any', ms))
  return summaryOf(figures)
}

const looking = (running: readonly Run[], ended: readonly Run[], queue: QueueView | null = null) => {
  const asked: (string | null)[] = []
  const pasts = new Map([
    ['quick', pastOf(100, 2000)],
    ['young', pastOf(19, 2000)],
    ['tiny', pastOf(100, 10)],
  ])
  const view = attentionView(
    { since: now - 3_600_000, until: queue === null ? now : null },
    {
      figures: {
        mend: async () => false,
        forget: async () => {},
        stats: async ({ job_id }) => {
          asked.push(job_id)
          return [pasts.get(job_id ?? '') ?? pastOf(0, 0)]
        },
      },
      runs: async ({ status }: Partial<RunQuery>, { limit }) =>
        (status?.includes('running') ? running : ended).slice(0, limit).map((run) => ({ run, output: noOutput })),
      queue,
      now,
    },
  )
  return { view, asked }
}

test('slow is what takes much longer than the p95 of its own job, whether it is over or goes on; a job is named once', async () => {
  const goesOn = lasted('quick', 0, { status: 'running', start_ts: now - 30_000, end_ts: null })
  const ended = [
    lasted('quick', 9000),
    lasted('quick', 2400),
    lasted('young', 600_000),
    // Ten times its past, but nobody waits for it.
    lasted('tiny', 100),
    lasted('unknown', 600_000),
  ]
  const { view, asked } = looking([goesOn], ended, { pending: [], upcoming: [] })
  const { slow, looked, complete } = await view
  expect(slow.map(({ run, took, of }) => ({ run: run._id, took, of }))).toEqual([
    { run: goesOn._id, took: 30_000, of: 100 },
  ])
  expect(slow[0]?.p95).toBeCloseTo(2000, -2)
  expect({ looked, complete }).toEqual({ looked: 5, complete: true })
  expect(asked).toEqual(['quick', 'young', 'tiny', 'unknown'])

  // Of a span that is over, nothing that runs now is shown.
  const past = await looking([goesOn], ended).view
  expect(past.slow.map(({ took }) => took)).toEqual([9000])
})

test('only so many runs are looked at, and the pasts of so many jobs: the answer says so', async () => {
  const { view, asked } = looking(
    [],
    Array.from({ length: 300 }, (_, n) => lasted(`job ${n}`, 5000)),
  )
  expect(await view).toMatchObject({ looked: 200, complete: false })
  expect(asked).toHaveLength(60)
})

test('late is a tick that nobody decided, a run that waits too long, and one that started late for its tick', async () => {
  const row = (run_id: string, job_id: string, waits: number): PendingRow => ({
    ...{ run_id, job_id, name: job_id, priority: 5, queue: 'default', user: 'default', domain: 'prod' },
    ...{ reason: 'All slots are taken.', since: now - waits },
  })
  const overdue = aJob({ next_run_at: now - 45_000 })
  const queue: QueueView = {
    upcoming: [overdue, aJob({ next_run_at: now - 5000 }), aJob({ next_run_at: now + 5000 })],
    pending: [row('one', 'waits', 31_000), row('two', 'waits', 90_000), row('three', 'just came', 2000)],
  }
  const tick = now - 20 * minute
  const put = { schedule_tick: tick, scheduled_ts: tick + 10_000 }
  const startedLate = lasted('late', 1000, { ...put, start_ts: tick + 50_000 })
  const inTime = lasted('in time', 1000, { ...put, start_ts: tick + 39_000 })
  const byHand = lasted('by hand', 1000, { scheduled_ts: tick, start_ts: tick + 50_000 })
  const { late } = await looking([], [inTime, startedLate, byHand], queue).view
  expect(late).toMatchObject([
    { state: 'undecided', job: { _id: overdue._id }, by: 45_000 },
    { state: 'waiting', row: { run_id: 'two' }, by: 90_000 },
    { state: 'started', run: { _id: startedLate._id }, by: 40_000 },
  ])
})
