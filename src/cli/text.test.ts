import { expect, test } from 'vitest'
import { parseMoment, parseSpan, printable, relative, span } from './text.ts'

test('text of others stays on its line and steers nothing', () => {
  expect(printable('a\tb\nc\x1b[2Jd\x9b1me')).toBe('a\\tb\\nc\\e[2Jd\\u009b1me')
  expect(printable('abc\u202egnp.exe')).toBe('abc\\u202egnp.exe')
  expect(printable('größer 日本 🎉')).toBe('größer 日本 🎉')
})

test('a span is told in its two largest units', () => {
  const spans = [0, 0.42, 1, 9.87, 59.9, 60, 185, 3600, 7800, 86_400, 277_000].map(span)
  expect(spans).toEqual(['0ms', '420ms', '1s', '9.8s', '59s', '1m', '3m 5s', '1h', '2h 10m', '1d', '3d 4h'])
})

test('a time is told as seen from now', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  const told = [0, -500, -3000, -200_000, 7_200_000, 90_000_000].map((ms) => relative(now + ms, now))
  expect(told).toEqual(['now', 'now', '3s ago', '3m ago', 'in 2h', 'in 1d'])
})

test('spans and moments are read as people write them, and nothing else is', () => {
  expect(['90', '30s', '5m', '2h', '7d', '1w', '1.5h'].map(parseSpan)).toEqual([
    90, 30, 300, 7200, 604_800, 604_800, 5400,
  ])
  expect(['', 'x', '-5m', '5 years', '5mm'].map(parseSpan)).toEqual([null, null, null, null, null])
  const now = Date.parse('2026-03-01T12:00:00Z')
  const at = (text: string): string | null => {
    const moment = parseMoment(text, now)
    return moment === null ? null : new Date(moment).toISOString()
  }
  expect(at('10m')).toBe('2026-03-01T11:50:00.000Z')
  expect(at('2026-02-01')).toBe('2026-02-01T00:00:00.000Z')
  expect(at('2026-02-01T08:00:00')).toBe('2026-02-01T08:00:00.000Z')
  expect(at('2026-02-01T08:00:00+02:00')).toBe('2026-02-01T06:00:00.000Z')
  expect([at('yesterday'), at('2026-13-01'), at('12:00')]).toEqual([null, null, null])
})
