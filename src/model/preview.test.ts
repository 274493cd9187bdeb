import { expect, test } from 'vitest'
import { preview } from './preview.ts'
import { Schedule } from './schedule.ts'

const ticks = (schedule: Record<string, unknown>, from: string, count: number) =>
  preview(Schedule.parse(schedule), count, Date.parse(from)).map(({ local, note }) => [local, note])

test('a time in the gap runs at its end, and the note says why', () => {
  const berlin = { mode: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' }
  expect(ticks(berlin, '2026-03-28T00:00:00Z', 3)).toEqual([
    ['2026-03-28T02:30:00+01:00', null],
    ['2026-03-29T03:00:00+02:00', 'the clock goes forward from 02:00 to 03:00 on this day: a time in between runs now'],
    ['2026-03-30T02:30:00+02:00', null],
  ])
})

test('a day that has none because its clock goes forward is told of at the next tick, and no other day is', () => {
  const berlin = { mode: 'cron', timezone: 'Europe/Berlin' }
  expect(ticks({ ...berlin, cron: '*/30 2 * * *' }, '2027-03-27T00:00:00Z', 4)).toEqual([
    ['2027-03-27T02:00:00+01:00', null],
    ['2027-03-27T02:30:00+01:00', null],
    ['2027-03-29T02:00:00+02:00', '2027-03-28 has none: its clock goes forward from 02:00 to 03:00'],
    ['2027-03-29T02:30:00+02:00', null],
  ])
  expect(ticks({ ...berlin, cron: '*/30 1,2 * * *' }, '2027-03-28T00:40:00Z', 1)).toEqual([
    ['2027-03-29T01:00:00+02:00', null],
  ])
})

test('a tick at the end of the gap by its own right is no other than it says', () => {
  expect(ticks({ mode: 'cron', cron: '0 3 * * *', timezone: 'Europe/Berlin' }, '2026-03-28T12:00:00Z', 1)).toEqual([
    ['2026-03-29T03:00:00+02:00', 'the clock goes forward from 02:00 to 03:00 on this day'],
  ])
})

test('a hundred years are looked ahead, and no further', () => {
  expect(
    ticks({ mode: 'cron', cron: '0 0 29 2 *', timezone: 'Europe/Berlin' }, '2026-01-01T00:00:00Z', 1000),
  ).toHaveLength(24)
})

test('a time that comes twice says which of the two it is', () => {
  const back = 'the clock goes back from 03:00 to 02:00 on this day'
  expect(ticks({ mode: 'cron', cron: '30 2,9 * * *', timezone: 'Europe/Berlin' }, '2026-10-24T20:00:00Z', 2)).toEqual([
    ['2026-10-25T02:30:00+02:00', `${back}: 02:30 comes twice, this is the first`],
    ['2026-10-25T09:30:00+01:00', back],
  ])
  expect(
    ticks({ mode: 'interval', interval_seconds: 3600, timezone: 'Europe/Berlin' }, '2026-10-25T01:30:00Z', 1),
  ).toEqual([['2026-10-25T02:30:00+01:00', `${back}: 02:30 comes twice, this is the second`]])
})

test('immediate has one tick, now; a paused or ended schedule has none', () => {
  expect(ticks({}, '2026-01-01T00:00:00Z', 5)).toEqual([['2026-01-01T00:00:00+00:00', null]])
  expect(ticks({ enabled: false }, '2026-01-01T00:00:00Z', 5)).toEqual([])
  expect(
    ticks({ mode: 'cron', cron: '@daily', end_at: '2026-01-02T00:00:00Z' }, '2026-01-01T12:00:00Z', 5),
  ).toHaveLength(1)
})
