import { Cron } from 'croner'
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
  ['? * * * *', 'must not contain ? or +; use * for any'],
  [`${'1,'.repeat(longestCron)}1 * * * *`, `must have at most ${longestCron} characters`],
])('%s is refused', (line, sentence) => {
  expect(cronFault(line)).toMatch(sentence)
})

const fiveOrSix = '5 (minute, hour, day of month, month, day of week), or 6 with seconds first'

test.each([
  ['60 * * * *', 'minute "60" must be 0-59, *, or a list, range or step of these'],
  ['a b c d e', 'minute "a" must be 0-59, *, or a list, range or step of these'],
  ['0 0 3,5,24 * * *', 'hour "3,5,24": "24" must be 0-23, *, or a list, range or step of these'],
  ['0 0 1W-5 * *', 'day of month "1W-5" must be 1-31, L, LW, 15W, *, or a list, range or step of these'],
  ['0 0 1,LW * *', 'day of month "1,LW": LW must stand alone'],
  ['0 0 1 MONDAY *', 'month "MONDAY" must be 1-12, JAN-DEC, *, or a list, range or step of these'],
  ['0 0 * * 8', 'day of week "8" must be 0-7, SUN-SAT, FRI#2, 5L, *, or a list, range or step of these'],
  ['0 0 * * FRI#6', 'day of week "FRI#6": after # must come 1 to 5, or L for the last'],
  ['0 0 * * FRI-MON', 'day of week "FRI-MON": a range must not go back; write FRI-SAT,SUN-MON'],
  ['0 0 * * 1,5-1', 'day of week "1,5-1": "5-1": a range must not go back; write 5-6,0-1'],
  ['0 22-6 * * *', 'hour "22-6": a range must not go back; write 22-23,0-6'],
  ['*/100 * * * *', 'minute "*/100": the step must be from 1 to 60'],
  ['0 8-18/0 * * *', 'hour "8-18/0": the step must be from 1 to 24'],
  ['5/10 * * * *', 'minute "5/10": a step must follow * or a range, as in */2 or 2-5/2'],
  ['1,,2 * * * *', 'minute "1,,2" has an empty entry'],
  ['* * * *', `it has 4 fields; it must have ${fiveOrSix}`],
  ['daily', `it has 1 field; it must have ${fiveOrSix}`],
  ['* * * * * * *', `it has 7 fields; it must have ${fiveOrSix}, and none is for years`],
  ['@reboot', '"@reboot" is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually'],
  ['@daily 3', '"@daily 3" is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually'],
])('%s is refused for the field and for what was typed, with what is allowed', (line, why) => {
  expect(cronFault(line)).toBe(`is not a cron line: ${why}`)
  const better = /write (\S+)$/.exec(why)?.[1]
  if (better !== undefined) expect(cronFault(line.replace(/\d*[A-Z]*-\w+/, better))).toBeNull()
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
        const fault = cronFault(line)
        if (fault !== null) return !fault.includes('cannot be read')
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

/** One field of a line: a star, a step, or some entries. */
const field = (least: number, most: number, ...others: readonly string[]) => {
  const number = fc.integer({ min: least, max: most })
  const range = fc.tuple(number, number).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`)
  const entry = fc.oneof(number.map(String), range, fc.constantFrom('*/7', ...others))
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    fc.array(entry, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
  )
}

test('the days of a line are those that its parser finds by its own search, also with L, W and #', () => {
  const lines = fc.tuple(
    field(0, 59),
    field(0, 23),
    field(1, 31, 'L', '15W', '1W', '31W', '*/2'),
    field(1, 12, 'FEB', '*/5'),
    field(0, 7, 'MON#1', '5L', 'SUN#5', '*/3'),
  )
  fc.assert(
    fc.property(lines, fc.integer({ min: 0, max: 20 * 366 * 86_400 }), (fields, seconds) => {
      const line = fields.join(' ')
      const [, , day = '', , weekday = ''] = fields
      const steps = [day, weekday].some((given) => given.startsWith('*') && given !== '*')
      const other = new Cron(line, { timezone: 'UTC', mode: '5-or-6-parts', domAndDow: steps })
      const from = Date.UTC(2024, 0, 1) + seconds * 1000
      expect({ line, from, tick: nextCron(line, 'UTC', from) }).toEqual({
        line,
        from,
        tick: other.nextRun(new Date(from))?.getTime() ?? null,
      })
    }),
    { numRuns: 400 },
  )
})

test('a line that hardly ever matches is searched for no longer than 400 years of days', () => {
  const days = Array.from({ length: 31 }, (_, index) => `${index + 1}W`).join(',')
  expect(next('0 0 29 2 */7', '2072-03-01T00:00:00Z', 2, 'Europe/Berlin')).toEqual([
    '2088-02-28T23:00Z',
    '2128-02-28T23:00Z',
  ])
  expect(next(`0 0 ${days} 2 *`, '2026-01-01T00:00:00Z', 1)).toEqual(['2026-02-02T00:00Z'])
  expect(cronFault('0 0 30,31 2 *')).toBe('never matches: no such day exists')
  expect(cronFault('0 0 30W,31W 2 *')).toBe('never matches: no such day exists')
  expect(nextCron('* * * * * *', 'Europe/Berlin', Date.UTC(9999, 11, 31, 23, 59, 59))).toBeNull()
})

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

/** Each by the one before it, in (from, until]. */
function ticksOf(line: string, zone: string, from: number, until: number): number[] {
  const ticks: number[] = []
  for (let tick = nextCron(line, zone, from); tick !== null && tick <= until; tick = nextCron(line, zone, tick)) {
    if (tick <= (ticks.at(-1) ?? from)) throw new Error(`${line} in ${zone} does not rise at ${tick}`)
    ticks.push(tick)
  }
  return ticks
}

const named = (times: readonly number[]) => times.map((time) => new Date(time).toISOString())

test('around every shift of the tz database from 2020 to 2040 the ticks are those of a second implementation', () => {
  const shifts = everyShift()
  expect(shifts.length).toBeGreaterThan(500)
  for (const shift of shifts)
    fc.assert(
      fc.property(lineNear(shift), (line) => {
        const [from, until] = [shift.at - 14 * 3_600_000, shift.at + 14 * 3_600_000]
        const [ticks, expected] = [ticksOf(line.text, shift.zone, from, until), ticksAround(line, shift, from, until)]
        // Compared as texts: an assertion for each of them would take longer than all the rest.
        if (ticks.join() !== expected.join())
          expect({ line: line.text, shift, ticks: named(ticks) }).toEqual({
            line: line.text,
            shift,
            ticks: named(expected),
          })
      }),
      { numRuns: 3 },
    )
}, 60_000)
