import { expect, test } from 'vitest'
import { barsOf, barWords, sumOfBars } from './bars.ts'

const at = (minute: number): string => `2026-05-05T10:${String(minute).padStart(2, '0')}:00.000Z`
const quantiles = { p50: null, p95: null }
const ended = (minute: number, success: number, failed: number) => ({
  ...{ start: at(minute), total: success + failed, success, failed, timed_out: 0, cancelled: 0 },
  ...{ duration: quantiles, queue: quantiles },
})
const stats = { since: at(0), until: at(2), bucket: 60, buckets: [ended(0, 3, 0), ended(1, 2, 1)] }
const planned = {
  ...{ since: at(1), until: at(3), bucket: 60 },
  buckets: [
    { start: at(1), planned: 4 },
    { start: at(2), planned: 5 },
  ],
}

test('what has been and what is planned stand on one axis: in the bar of now, both', () => {
  const bars = barsOf(stats, planned)
  expect(bars.map(barWords)).toEqual(['3 runs: 3 success', '3 runs: 2 success, 1 failed; 4 planned', '5 planned'])
  expect(bars.map(({ start }) => start - Date.parse(at(0)) / 1000)).toEqual([0, 60, 120])
  expect(barWords(sumOfBars(bars))).toBe('6 runs: 5 success, 1 failed; 9 planned')
  expect(barsOf(stats, null)).toHaveLength(2)
  expect(barWords(sumOfBars([]))).toBe('no run ended')
})

test('a plan of before the first bar, as an answer that was kept may be, is not on the chart', () => {
  const old = { ...planned, buckets: [{ start: '2026-05-05T09:59:00.000Z', planned: 1 }] }
  expect(barsOf(stats, old)).toHaveLength(2)
})
