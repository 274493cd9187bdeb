import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jitterOf, nextTick, Schedule, ticksUntil } from './schedule.ts'

const every = (seconds: number, more: Record<string, unknown> = {}): Schedule =>
  Schedule.parse({ mode: 'interval', interval_seconds: seconds, ...more })
const at = Date.parse('2026-03-01T00:00:00Z')

describe('interval', () => {
  test('the first tick is the moment of creation, the next ones follow in steps', () => {
    expect(nextTick(every(60), at, at - 1)).toBe(at)
    expect(nextTick(every(60), at, at)).toBe(at + 60_000)
    expect(nextTick(every(60), at, at + 59_999)).toBe(at + 60_000)
  })
  test('start_at delays, end_at is inclusive', () => {
    const schedule = every(2, { start_at: '2026-03-01T00:00:04', end_at: '2026-03-01T00:00:08Z' })
    expect(nextTick(schedule, at, at)).toBe(at + 4000)
    expect(nextTick(schedule, at, at + 6000)).toBe(at + 8000)
    expect(nextTick(schedule, at, at + 8000)).toBeNull()
  })
  test('a paused schedule and an immediate one have no next tick', () => {
    expect(nextTick(every(60, { enabled: false }), at, at)).toBeNull()
    expect(nextTick(Schedule.parse({}), at, at)).toBeNull()
  })
  test('the next tick is later than any moment, on the grid, and the first such', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: -1e9, max: 1e11 }), (seconds, after) => {
        const tick = nextTick(every(seconds), at, at + after) ?? Number.NaN
        expect(tick).toBeGreaterThan(at + after)
        expect((tick - at) % (seconds * 1000)).toBe(0)
        expect(tick === at || tick - seconds * 1000 <= at + after).toBe(true)
      }),
    )
  })
  test('a series counts exactly the ticks that one after the other would find', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 2_000_000 }), (seconds, span) => {
        const schedule = every(seconds)
        const found: number[] = []
        for (
          let tick = nextTick(schedule, at, at - 1);
          tick !== null && tick <= at + span && found.length < 5000;
          tick = nextTick(schedule, at, tick)
        )
          found.push(tick)
        const series = ticksUntil(schedule, at, at + span)
        if (found.length === 5000) return
        expect(series).toEqual({ from: at, to: found.at(-1), beforeLast: found.at(-2) ?? null, count: found.length })
      }),
      { numRuns: 30 },
    )
  })
})

describe('what a user writes', () => {
  test('fields of another mode do not matter', () => {
    expect(Schedule.parse({ mode: 'immediate', cron: '', interval_seconds: 'soon', next_run_at: null })).toMatchObject({
      mode: 'immediate',
      interval_seconds: null,
    })
    expect(Schedule.parse({ mode: 'interval', interval_seconds: '5', cron: 12 })).toMatchObject({
      interval_seconds: 5,
      cron: null,
    })
  })
  test.each([
    [{ mode: 'interval' }, 'interval_seconds'],
    [{ mode: 'interval', interval_seconds: 0 }, 'interval_seconds'],
    [{ mode: 'interval', interval_seconds: 0.5 }, 'interval_seconds'],
    [{ mode: 'interval', interval_seconds: 5, start_at: 'tomorrow' }, 'start_at'],
    [{ mode: 'interval', interval_seconds: 5, start_at: 1234 }, 'start_at'],
    [{ mode: 'interval', interval_seconds: 5, start_at: '2026-02-31' }, 'start_at'],
    [{ mode: 'interval', interval_seconds: 5, start_at: '2026-02-02', end_at: '2026-02-01' }, 'end_at'],
    [{ mode: 'weekly' }, 'mode'],
    [{ timezone: 'Mars/Olympus' }, 'timezone'],
  ])('%j is refused at %s', (given, path) => {
    const parsed = Schedule.safeParse(given)
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })
  test('two faults are both told', () => {
    const parsed = Schedule.safeParse({ mode: 'interval', timezone: 'Mars', overlap: 'maybe' })
    expect(parsed.error?.issues.map((issue) => issue.path.join('.')).sort()).toEqual([
      'interval_seconds',
      'overlap',
      'timezone',
    ])
  })
})

test('jitter is the same for the same tick, below the limit, in whole seconds, and spread', () => {
  const schedule = Schedule.parse({ mode: 'interval', interval_seconds: 600, jitter_seconds: 59 })
  const put = (job: string, tick: number) => jitterOf(schedule, job, tick, tick + 600_000)
  const all = Array.from({ length: 600 }, (_, at) => put(`job ${at}`, 1_000_000))
  expect(put('job 7', 1_000_000)).toBe(all[7])
  expect(all.every((ms) => ms >= 0 && ms <= 59_000 && ms % 1000 === 0)).toBe(true)
  expect(new Set(all).size).toBeGreaterThan(50)
  expect(jitterOf(schedule, 'a', 0, 5000)).toBeLessThan(5000)
  expect(jitterOf(Schedule.parse({ mode: 'interval', interval_seconds: 5 }), 'a', 0, 5000)).toBe(0)
})

test('jitter is below the interval', () => {
  const given = { mode: 'interval', interval_seconds: 60, jitter_seconds: 60 }
  expect(Schedule.safeParse(given).error?.issues).toMatchObject([
    { path: ['jitter_seconds'], message: 'must be below interval_seconds' },
  ])
})

test('a cron schedule ticks in its zone, from its start to its end', () => {
  const schedule = Schedule.parse({
    mode: 'cron',
    cron: '0 9 * * *',
    timezone: 'Europe/Berlin',
    start_at: '2026-03-28T08:00:00.500Z',
    end_at: '2026-03-30T07:00:00Z',
  })
  const first = nextTick(schedule, 0, 0)
  expect(first).toBe(Date.parse('2026-03-29T07:00:00Z'))
  expect(nextTick(schedule, 0, first ?? 0)).toBe(Date.parse('2026-03-30T07:00:00Z'))
  expect(nextTick(schedule, 0, Date.parse('2026-03-30T07:00:00Z'))).toBeNull()
})
