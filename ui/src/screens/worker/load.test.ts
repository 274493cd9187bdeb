import { expect, test } from 'vitest'
import { loadOf } from './load.ts'

const now = Date.parse('2026-11-25T12:00:00.000Z')
const at = (seconds: number): string => new Date(now + seconds * 1000).toISOString()

test('a minute counts the slots in use by the part of it that they were: runs before the hour, across minutes, and live ones', () => {
  const load = loadOf(
    [
      { start_ts: at(-7200), end_ts: at(-3600 + 30) },
      { start_ts: at(-90), end_ts: at(-60) },
      { start_ts: at(-15), end_ts: null },
      { start_ts: at(-60), end_ts: at(0) },
      { start_ts: null, end_ts: null },
      { start_ts: at(-9000), end_ts: at(-8000) },
    ],
    now,
  )
  expect(load).toHaveLength(60)
  expect(load[0]).toBe(0.5)
  expect(load.slice(1, 58)).toEqual(Array.from({ length: 57 }, () => 0))
  expect(load.slice(58)).toEqual([0.5, 1.25])
})
