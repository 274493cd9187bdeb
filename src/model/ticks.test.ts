import { describe, expect, test } from 'vitest'
import { aJob } from '../../test/builders.ts'
import { type Job, scheduleOf } from './job.ts'
import { replanned } from './job-plan.ts'
import { type LiveRuns, overlapHold } from './overlap.ts'
import { Schedule } from './schedule.ts'
import type { Skip } from './skip.ts'
import { decideTick, overtaken } from './ticks.ts'

const created = Date.parse('2026-03-01T00:00:00Z')
const hour = 3_600_000

const everyMinute = (more: Record<string, unknown> = {}, job: Partial<Job> = {}): Job => ({
  ...aJob(),
  schedules: [{ ...Schedule.parse({ mode: 'interval', interval_seconds: 60, ...more }), id: 'main' }],
  created_at: created,
  next_run_at: created,
  ...job,
})

const live = (oldest: string, waiting: string | null = null) => ({ oldest, waiting })

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
    const first = decideTick(everyMinute(), created, live('r0'), 'r1')
    expect(first?.run_id).toBeNull()
    expect(first?.after.due?.skip).toMatchObject({ from: created, to: created, count: 1, outcome: 'skipped', of: 'r0' })
    const job = first ? { ...first.after, due: null } : everyMinute()
    const second = decideTick(job, created + 60_000, live('r0'), 'r2')
    expect(second?.after.due?.skip).toMatchObject({
      _id: first?.after.due?.skip?._id,
      from: created,
      to: created + 60_000,
      count: 2,
    })
    const other = decideTick(second ? { ...second.after, due: null } : job, created + 120_000, live('r9'), 'r3')
    expect(other?.after.due?.skip).toMatchObject({ from: created + 120_000, count: 1, of: 'r9' })
  })
  test('a run between two skips begins a new row', () => {
    const skipped = decideTick(everyMinute(), created, live('r0'), 'r1')
    const ran = decideTick(skipped ? { ...skipped.after, due: null } : everyMinute(), created + 60_000, null, 'r2')
    const again = decideTick(ran ? { ...ran.after, due: null } : everyMinute(), created + 120_000, live('r0'), 'r3')
    expect(again?.after.due?.skip).toMatchObject({ from: created + 120_000, to: created + 120_000, count: 1 })
  })
  test('allow runs beside an earlier one', () => {
    expect(decideTick(everyMinute({ overlap: 'allow' }), created, live('r0'), 'r1')?.run_id).toBe('r1')
  })
})

describe('overlap queue and replace', () => {
  test('a tick has its run, which waits; while one waits, the next is skipped for it', () => {
    expect(decideTick(everyMinute({ overlap: 'queue' }), created, live('r0'), 'r1')?.run_id).toBe('r1')
    const decision = decideTick(everyMinute({ overlap: 'queue' }), created, live('r0', 'r1'), 'r2')
    expect(decision?.after.due).toMatchObject({
      run_id: null,
      skip: { outcome: 'skipped', reason: 'an earlier tick was waiting already', of: 'r1' },
    })
  })
  test('replace runs, whatever is live or waits', () => {
    expect(decideTick(everyMinute({ overlap: 'replace' }), created, live('r0', 'r1'), 'r2')?.run_id).toBe('r2')
  })
  test('a run waits for the oldest that is live and older, never for itself or a later one', () => {
    expect(overlapHold({ _id: 'b' }, live('a'))).toEqual({ kind: 'overlap', of: 'a' })
    expect(overlapHold({ _id: 'b' }, live('b', 'b'))).toBeNull()
    expect(overlapHold({ _id: 'b' }, live('c'))).toBeNull()
    expect(overlapHold({ _id: 'b' }, null)).toBeNull()
  })
})

/** Decides one tick after another, as a loop does, until none is due. */
function decideAll(from: Job, now: number, liveOf: (ran: readonly number[]) => LiveRuns | null = () => null) {
  const [ran, skips]: [number[], Skip[]] = [[], []]
  let job = from
  for (let n = 0; n < 1000; n += 1) {
    const decision = decideTick(job, now, liveOf(ran), `r${n}`)
    if (decision === null) return { ran, skips, job }
    if (decision.run_id !== null) ran.push(decision.tick)
    if (decision.after.due?.skip) skips.push(decision.after.due.skip)
    job = { ...decision.after, due: null }
  }
  throw new Error('it has no end')
}

describe('misfire run_all', () => {
  const now = created + 10 * 60_000 + 45_000
  const minutes = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => created + (from + n) * 60_000)
  test('each missed tick has a run, oldest first, and none of them twice', () => {
    const { ran, skips, job } = decideAll(everyMinute({ misfire: 'run_all', overlap: 'allow' }), now)
    expect(ran).toEqual(minutes(0, 11))
    expect(skips).toEqual([])
    expect(job.next_run_at).toBe(created + 11 * 60_000)
  })
  test.each([
    { mode: 'interval', interval_seconds: 60 },
    { mode: 'cron', cron: '* * * * *' },
    { mode: 'cron', cron: '* * * * *', timezone: 'Europe/Berlin' },
  ])('of more than a hundred the newest hundred run, and one record holds the rest: %j', (plan) => {
    const schedule = everyMinute({ ...plan, misfire: 'run_all', overlap: 'allow' })
    const { ran, skips } = decideAll(schedule, created + 250 * 60_000 + 45_000)
    expect(ran).toEqual(minutes(151, 100))
    expect(skips).toMatchObject([
      { from: created, to: created + 150 * 60_000, count: 151, outcome: 'missed', of: null },
    ])
  })
  test('overlap holds for them in turn: with skip the first runs and the others stand in one record', () => {
    const { ran, skips } = decideAll(everyMinute({ misfire: 'run_all' }), now, (all) =>
      all.length > 0 ? live('r0') : null,
    )
    expect(ran).toEqual(minutes(0, 1))
    expect(skips).toMatchObject([{ from: created + 60_000, count: 10, outcome: 'missed', of: 'r0' }])
  })
  test('with queue one runs, one waits', () => {
    const { ran, skips } = decideAll(everyMinute({ misfire: 'run_all', overlap: 'queue' }), now, ({ length }) =>
      length === 0 ? null : live('r0', length > 1 ? 'r1' : null),
    )
    expect(ran).toEqual(minutes(0, 2))
    expect(skips).toMatchObject([{ count: 9, of: 'r1' }])
  })
})

describe('an edit of the schedule', () => {
  test('that comes before ticks which are due takes their runs, and the ledger says so', () => {
    expect(overtaken(everyMinute(), created - 1)).toBeNull()
    expect(overtaken(everyMinute(), created + 5)).toMatchObject({
      last_tick: created,
      due: { tick: created, run_id: null, skip: { from: created, count: 1, outcome: 'skipped' } },
    })
    expect(overtaken(everyMinute(), created + 150_000)?.due?.skip).toMatchObject({ count: 3, outcome: 'missed' })
  })
  test('plans no tick at or before one that was decided, whatever the clock says', () => {
    const job = everyMinute({}, { last_tick: created + 600_000, next_run_at: created + 660_000 })
    const plan = replanned(job, Schedule.parse({ mode: 'interval', interval_seconds: 30 }), created + 60_000)
    expect(plan.next_run_at).toBe(created + 630_000)
  })
  test('of what becomes of ticks leaves them planned as they are', () => {
    const plan = replanned(everyMinute(), { ...scheduleOf(everyMinute()), overlap: 'queue' }, created + 5)
    expect(plan).toMatchObject({ next_run_at: created, due: null, schedules: [{ overlap: 'queue' }] })
  })
  test('a paused schedule has no plan, and one that is resumed waits for its next tick', () => {
    const paused = replanned(everyMinute(), { ...scheduleOf(everyMinute()), enabled: false }, created - 5)
    expect(paused).toMatchObject({ next_run_at: null, due: null })
    const later = { ...everyMinute(), ...paused }
    expect(replanned(later, scheduleOf(everyMinute()), created + 150_000)).toMatchObject({
      next_run_at: created + 180_000,
      due: null,
    })
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
    const decision = decideTick(everyMinute(), now, live('r0'), 'r')
    expect(decision?.run_id).toBeNull()
    expect(decision?.after.due?.skip).toMatchObject({ from: created, to: created + 600_000, count: 11, of: 'r0' })
  })
})
