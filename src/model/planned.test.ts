import { expect, test } from 'vitest'
import { aJob } from '../../test/builders.ts'
import { bucketsOf } from './figures.ts'
import { scheduleOf } from './job.ts'
import { addPlanned } from './planned.ts'
import { nextTick } from './schedule.ts'

const now = Date.parse('2026-10-24T21:37:12Z')
const hour = 3_600_000

test('the ticks of each bucket are those of a walk, over a shift of the clock, for each kind of schedule', () => {
  const buckets = bucketsOf(now, now + 30 * hour, hour)
  for (const schedule of [
    { mode: 'cron', cron: '*/5 * * * *', timezone: 'Europe/Berlin' },
    { mode: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' },
    { mode: 'cron', cron: '*/20 15 9-23 * * *', timezone: 'Asia/Kolkata', end_at: '2026-10-25T12:10:00Z' },
    { mode: 'interval', interval_seconds: 7, start_at: '2026-10-24T22:00:03Z' },
    { mode: 'interval', interval_seconds: 86_400 },
    { mode: 'interval', interval_seconds: 60, enabled: false },
    { mode: 'immediate' },
  ]) {
    const planned = aJob({ created_at: now - 1000 }, { schedule })
    const job = { ...planned, next_run_at: nextTick(scheduleOf(planned), planned.created_at, now) }
    const walked = Array.from({ length: buckets.count }, () => 0)
    for (let tick = job.next_run_at; tick !== null && tick < buckets.until; ) {
      const at = Math.floor((tick - buckets.from) / hour)
      walked[at] = (walked[at] ?? 0) + 1
      tick = nextTick(scheduleOf(job), job.created_at, tick)
    }
    const counts = Array.from({ length: buckets.count }, () => 0)
    addPlanned(counts, job, buckets)
    expect(counts, JSON.stringify(schedule)).toEqual(walked)
  }
})

test('a tick that was due before the buckets begin does not count; those after it do', () => {
  const buckets = bucketsOf(now, now + hour, hour)
  const counts = [0, 0]
  const job = aJob({ next_run_at: buckets.from - 40_000 }, { schedule: { mode: 'cron', cron: '*/30 * * * *' } })
  addPlanned(counts, job, buckets)
  expect(counts).toEqual([2, 2])
})
