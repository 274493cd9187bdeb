import { describe, expect, test } from 'vitest'
import { aJob } from '../../test/builders.ts'
import type { Job } from './job.ts'
import { Schedule } from './schedule.ts'
import { decideTick } from './ticks.ts'

const created = Date.parse('2026-03-01T00:00:00Z')
const hour = 3_600_000

const everyMinute = (more: Record<string, unknown> = {}, job: Partial<Job> = {}): Job => ({
  ...aJob(),
  schedules: [{ ...Schedule.parse({ mode: 'interval', interval_seconds: 60, ...more }), id: 'main' }],
  created_at: created,
  next_run_at: created,
  ...job,
})

describe('a tick on time', () => {
  test('gets a run and moves the plan on', () => {
    const decision = decideTick(everyMinute(), created + 5, null, 'r1')
    expect(decision).toMatchObject({ tick: created, run_id: 'r1' })
    expect(decision?.after).toMatchObject({
      next_run_at: created + 60_000,
      last_tick: created,
      due: { tick: created, run_id: 'r1', skip: null },
    })
  })
  test('is not decided before its time, nor while an earlier one is unfinished, nor after deletion', () => {
    expect(decideTick(everyMinute(), created - 1, null, 'r')).toBeNull()
    expect(
      decideTick(everyMinute({}, { due: { tick: 1, run_id: null, job_version: 1, skip: null } }), created, null, 'r'),
    ).toBeNull()
    expect(decideTick(everyMinute({}, { deleted_at: 1 }), created, null, 'r')).toBeNull()
  })
  test('within 30 s of its time it is late and runs like any other', () => {
    expect(decideTick(everyMinute(), created + 30_000, null, 'r')).toMatchObject({ tick: created, run_id: 'r' })
  })
  test('the last tick ends the schedule', () => {
    const decision = decideTick(everyMinute({ end_at: '2026-03-01T00:00:30Z' }), created, null, 'r')
    expect(decision?.after.next_run_at).toBeNull()
    expect(decision?.after.schedules[0].enabled).toBe(false)
  })
})

describe('overlap', () => {
  test('skip records the run that stood in the way, and an unbroken series is one row', () => {
    const first = decideTick(everyMinute(), created, 'r0', 'r1')
    expect(first?.run_id).toBeNull()
    expect(first?.after.due?.skip).toMatchObject({ from: created, to: created, count: 1, outcome: 'skipped', of: 'r0' })
    const job = first ? { ...first.after, due: null } : everyMinute()
    const second = decideTick(job, created + 60_000, 'r0', 'r2')
    expect(second?.after.due?.skip).toMatchObject({
      _id: first?.after.due?.skip?._id,
      from: created,
      to: created + 60_000,
      count: 2,
    })
    const other = decideTick(second ? { ...second.after, due: null } : job, created + 120_000, 'r9', 'r3')
    expect(other?.after.due?.skip).toMatchObject({ from: created + 120_000, count: 1, of: 'r9' })
  })
  test('a run between two skips begins a new row', () => {
    const skipped = decideTick(everyMinute(), created, 'r0', 'r1')
    const ran = decideTick(skipped ? { ...skipped.after, due: null } : everyMinute(), created + 60_000, null, 'r2')
    const again = decideTick(ran ? { ...ran.after, due: null } : everyMinute(), created + 120_000, 'r0', 'r3')
    expect(again?.after.due?.skip).toMatchObject({ from: created + 120_000, to: created + 120_000, count: 1 })
  })
  test('allow runs beside an earlier one', () => {
    expect(decideTick(everyMinute({ overlap: 'allow' }), created, 'r0', 'r1')?.run_id).toBe('r1')
  })
})

describe('misfire', () => {
  const now = created + 10 * 60_000 + 45_000
  test('run_once runs the newest missed tick and records the others, none twice', () => {
    const decision = decideTick(everyMinute(), now, null, 'r')
    expect(decision).toMatchObject({ tick: created + 600_000, run_id: 'r' })
    expect(decision?.after.due?.skip).toMatchObject({
      from: created,
      to: created + 540_000,
      count: 10,
      outcome: 'missed',
    })
    expect(decision?.after.next_run_at).toBe(created + 660_000)
  })
  test('a tick that is only late is not part of the missed ones', () => {
    const decision = decideTick(everyMinute(), created + 10 * 60_000 + 10_000, null, 'r')
    expect(decision?.tick).toBe(created + 540_000)
    expect(decision?.after.next_run_at).toBe(created + 600_000)
  })
  test('one missed tick alone leaves no record', () => {
    expect(decideTick(everyMinute(), created + 40_000, null, 'r')?.after.due).toEqual({
      tick: created,
      run_id: 'r',
      job_version: 1,
      skip: null,
    })
  })
  test('skip runs none and records all', () => {
    const decision = decideTick(everyMinute({ misfire: 'skip' }), now, null, 'r')
    expect(decision?.run_id).toBeNull()
    expect(decision?.after.due?.skip).toMatchObject({
      from: created,
      to: created + 600_000,
      count: 11,
      outcome: 'missed',
    })
  })
  test('run_once does not run what is older than a day', () => {
    const daily = everyMinute({ interval_seconds: 48 * 3600 })
    expect(decideTick(daily, created + 25 * hour, null, 'r')).toMatchObject({ run_id: null })
    expect(decideTick(daily, created + 23 * hour, null, 'r')).toMatchObject({ run_id: 'r' })
  })
  test('a live run in the way: all missed ticks stand in the one record', () => {
    const decision = decideTick(everyMinute(), now, 'r0', 'r')
    expect(decision?.run_id).toBeNull()
    expect(decision?.after.due?.skip).toMatchObject({ from: created, to: created + 600_000, count: 11, of: 'r0' })
  })
})
