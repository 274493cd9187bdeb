import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Line, type Shift, shiftsOf, ticksAround } from './cron.fixture.ts'
import { cronFault, hasSeconds, longestCron, nextCron } from './cron.ts'

const at = (text: string): number => Date.parse(text)

function next(line: string, from: string, count: number, zone = 'UTC'): string[] {
  const ticks: string[] = []
  for (let now = at(from); ticks.length < count; ) {
    const tick = nextCron(line, zone, now)
    if (tick === null) break
    ticks.push(new Date(tick).toISOString().replace(':00.000Z', 'Z'))
    now = tick
  }
  return ticks
}

test.each([
  ['*/20 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:20Z', '2026-01-01T00:40Z', '2026-01-01T01:00Z']],
  ['0 9-17/4 * * MON-FRI', '2026-01-02T12:00:00Z', ['2026-01-02T13:00Z', '2026-01-02T17:00Z', '2026-01-05T09:00Z']],
  ['30 15 10 * * *', '2026-01-01T00:00:00Z', ['2026-01-01T10:15:30.000Z', '2026-01-02T10:15:30.000Z']],
  ['0 0 L * *', '2026-01-31T00:00:00Z', ['2026-02-28T00:00Z', '2026-03-31T00:00Z']],
  ['0 0 15W * *', '2026-02-01T00:00:00Z', ['2026-02-16T00:00Z', '2026-03-16T00:00Z', '2026-04-15T00:00Z']],
  ['0 0 * * FRI#2', '2026-01-01T00:00:00Z', ['2026-01-09T00:00Z', '2026-02-13T00:00Z']],
  ['0 0 * * 5L', '2026-01-01T00:00:00Z', ['2026-01-30T00:00Z', '2026-02-27T00:00Z']],
  ['@daily', '2026-01-01T00:00:00Z', ['2026-01-02T00:00Z']],
  ['@weekly', '2026-01-01T00:00:00Z', ['2026-01-04T00:00Z']],
  ['@yearly', '2026-01-01T00:00:00Z', ['2027-01-01T00:00Z']],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ['0 0 * JAN,dec 7', '2026-01-20T00:00:00Z', ['2026-01-25T00:00Z', '2026-12-06T00:00Z']],
])('%s', (line, from, expected) => {
  expect(next(line, from, expected.length)).toEqual(expected)
})

test('day of month and day of week: either matches where both are restricted, both where one begins with a star', () => {
  expect(next('0 0 13 * FRI', '2026-02-01T00:00:00Z', 3)).toEqual([
    '2026-02-06T00:00Z',
    '2026-02-13T00:00Z',
    '2026-02-20T00:00Z',
  ])
  // Odd days that are Mondays.
  expect(next('0 0 */2 * MON', '2026-01-01T00:00:00Z', 2)).toEqual(['2026-01-05T00:00Z', '2026-01-19T00:00Z'])
})

test('a time that daylight saving leaves out runs once, at the first instant after the gap', () => {
  const ticks = next('30 2 * * *', '2026-03-28T12:00:00Z', 2, 'Europe/Berlin')
  expect(ticks).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z'])
  expect(next('15 2,3 * * *', '2026-03-28T12:00:00Z', 3, 'Europe/Berlin')).toEqual([
    '2026-03-29T01:00Z',
    '2026-03-29T01:15Z',
    '2026-03-30T00:15Z',
  ])
})

test('a time that daylight saving repeats runs once, at its first; a line with a star follows real time', () => {
  expect(next('30 2 * * *', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
  ])
  expect(next('30 * * * *', '2026-10-25T00:00:00Z', 3, 'Europe/Berlin')).toEqual([
    '2026-10-25T00:30Z',
    '2026-10-25T01:30Z',
    '2026-10-25T02:30Z',
  ])
})

test.each([
  ['0 0 30 2 *', 'never matches: no such day exists'],
  ['0 0 31 4,6 *', 'never matches: no such day exists'],
  ['60 * * * *', 'is not a cron line: Invalid value for minute: 60'],
  ['* * * *', /^is not a cron line: /],
  ['* * * * * * *', /^is not a cron line: /],
  ['@reboot', /^is not a cron line: /],
  ['? * * * *', 'must not contain ? or +; use * for any'],
  ['every day', /^is not a cron line: /],
  [`${'1,'.repeat(longestCron)}1 * * * *`, `must have at most ${longestCron} characters`],
])('%s is refused', (line, sentence) => {
  expect(cronFault(line, 'UTC')).toMatch(sentence)
})

test('any text is a line or is refused with a sentence, and a line has a next tick', () => {
  const words = fc.array(fc.constantFrom(...'0123456789*/-,LW#?+ \t@xMONJAN', '* ', '*/5 '), { maxLength: 60 })
  fc.assert(
    fc.property(
      fc.oneof(
        words.map((all) => all.join('')),
        fc.string({ maxLength: 60 }),
      ),
      (line) => {
        const fault = cronFault(line, 'America/New_York')
        if (fault !== null) return fault.length > 5
        const tick = nextCron(line, 'America/New_York', at('2026-01-01T00:00:00Z'))
        return tick === null || tick > at('2026-01-01T00:00:00Z')
      },
    ),
    { numRuns: 500 },
  )
})

test('six fields have seconds first', () => {
  expect([hasSeconds('* * * * *'), hasSeconds(' 0  * * * * * '), hasSeconds('@daily')]).toEqual([false, true, false])
})

// --- against a second implementation ---

const few = (least: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 2 })
const list = (values: readonly number[]): string => values.join(',')
const all = (count: number): number[] => Array.from({ length: count }, (_, value) => value)

/** Days as text and rule: mostly every day, so that the shift itself is hit. */
const days = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ text: '* * *', matchesDay: () => true }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 6 })
      .map((weekday) => ({ text: `* * ${weekday}`, matchesDay: (date: Date) => date.getUTCDay() === weekday })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 28 }).map((dayOfMonth) => ({
      text: `${dayOfMonth} * 0`,
      matchesDay: (date: Date) => date.getUTCDate() === dayOfMonth || date.getUTCDay() === 0,
    })),
  },
)

/** A line whose times are near the shift: hours around the one at which the clock jumps. */
const lineNear = (shift: Shift) => {
  const jump = new Date(shift.at + shift.before).getUTCHours()
  const hours = fc
    .uniqueArray(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 2 })
    .map((away) => [...new Set(away.map((hour) => (jump + hour + 24) % 24))])
  const fixed = fc
    .record({ minutes: few(0, 59), hours, seconds: fc.option(few(0, 59), { nil: undefined }) })
    .map(({ minutes, hours: at, seconds }) => ({
      text: `${seconds ? `${list(seconds)} ` : ''}${list(minutes)} ${list(at)}`,
      seconds: new Set(seconds ?? [0]),
      minutes: new Set(minutes),
      hours: new Set(at),
      isFixed: true,
    }))
  const everyHour = few(0, 59).map((minutes) => ({
    text: `${list(minutes)} *`,
    seconds: new Set([0]),
    minutes: new Set(minutes),
    hours: new Set(all(24)),
    isFixed: false,
  }))
  const stepped = fc.record({ step: fc.constantFrom(15, 20, 25, 30), hours }).map(({ step, hours: at }) => ({
    text: `*/${step} ${list(at)}`,
    seconds: new Set([0]),
    minutes: new Set(all(60).filter((minute) => minute % step === 0)),
    hours: new Set(at),
    isFixed: false,
  }))
  return fc
    .tuple(fc.oneof(fixed, fixed, everyHour, stepped), days)
    .map(([times, rule]): Line => ({ ...times, text: `${times.text} ${rule.text}`, matchesDay: rule.matchesDay }))
}

/** Every shift of the tz database from 2020 to 2040; one zone stands for all that have the same. */
function everyShift(): Shift[] {
  const shifts = new Map<string, Shift>()
  for (const zone of Intl.supportedValuesOf('timeZone'))
    for (const shift of shiftsOf(zone, Date.UTC(2020, 0, 1), Date.UTC(2041, 0, 1))) {
      const key = `${shift.at} ${shift.before} ${shift.after}`
      if (!shifts.has(key)) shifts.set(key, shift)
    }
  return [...shifts.values()]
}

test('around every shift of the tz database from 2020 to 2040 the ticks are those of a second implementation', () => {
  const shifts = everyShift()
  expect(shifts.length).toBeGreaterThan(500)
  for (const shift of shifts)
    fc.assert(
      fc.property(lineNear(shift), (line) => {
        const [from, until] = [shift.at - 14 * 3_600_000, shift.at + 14 * 3_600_000]
        const ticks: number[] = []
        for (let tick = nextCron(line.text, shift.zone, from); tick !== null && tick <= until; ) {
          expect(tick).toBeGreaterThan(ticks.at(-1) ?? from)
          ticks.push(tick)
          tick = nextCron(line.text, shift.zone, tick)
        }
        const named = (times: readonly number[]) => times.map((time) => new Date(time).toISOString())
        expect({ line: line.text, shift, ticks: named(ticks) }).toEqual({
          line: line.text,
          shift,
          ticks: named(ticksAround(line, shift, from, until)),
        })
      }),
      { numRuns: 3 },
    )
}, 60_000)
