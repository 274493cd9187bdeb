import { expect, test } from 'vitest'
import { clock, duration, everyWords, relative, size, spanText } from './format.ts'

test('lengths of time have two units at most, and none is below zero', () => {
  expect([0.0004, 0.45, 3.24, 59.6, 65, 3600, 90_061, -5].map(duration)).toEqual([
    '0 ms',
    '450 ms',
    '3.2 s',
    '1 min',
    '1 min 5 s',
    '1 h',
    '1 d 1 h',
    '0 ms',
  ])
})

test('moments are told from now, in the zone that is asked for', () => {
  const now = Date.parse('2026-11-25T14:00:00Z')
  expect([now, now - 61_000, now + 7_200_000].map((at) => relative(at, now))).toEqual([
    'now',
    '1 minute ago',
    'in 2 hours',
  ])
  const shown = ['2026-11-25T14:03:00Z', '2026-11-25T23:30:00Z', '2026-12-25T05:00:00Z'].map((at) =>
    clock(Date.parse(at), now, 'Europe/Berlin'),
  )
  expect(shown).toEqual(['15:03 CET', 'Thu 26 Nov, 00:30 CET', 'Fri 25 Dec'])
  const span = (from: string, until: string): string =>
    spanText(Date.parse(from), Date.parse(until), 'Europe/Berlin').replaceAll('\u2009', ' ')
  expect(span('2026-11-25T13:00:00Z', '2026-11-25T14:00:00Z')).toBe('Wed 25 Nov, 14:00–15:00')
  expect(span('2026-11-25T13:00:00Z', '2026-11-25T23:00:00Z')).toBe('Wed 25 Nov, 14:00 – Thu 26 Nov, 00:00')
  expect([1, 60, 90, 7200, 86_400].map(everyWords)).toEqual([
    'every second',
    'every minute',
    'every 90 seconds',
    'every 2 hours',
    'every day',
  ])
})

test('sizes are told in the largest unit that they fill', () => {
  expect([0, 1023, 1024, 1.5 * 1024 ** 2, 234.4 * 1024 ** 3, 2 * 1024 ** 5].map(size)).toEqual([
    '0 B',
    '1,023 B',
    '1 KiB',
    '1.5 MiB',
    '234 GiB',
    '2,048 TiB',
  ])
})
