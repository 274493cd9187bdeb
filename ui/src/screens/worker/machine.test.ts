import { expect, test } from 'vitest'
import { loadScale, memoryUsed, type Sample, shapeOf } from './machine.ts'

const now = 1_800_000_000
const sample = (more: Partial<Sample> = {}): Sample => ({
  ts: now,
  load_average: 1,
  memory_free: 1,
  memory_total: 4,
  ...more,
})

test('a sample holds until the next one; what is not known, not told for a while, or before the hour, is left out', () => {
  const at = (ago: number, height: number | null) => ({ ts: now - ago, height })
  expect(shapeOf([at(120, 0.5), at(60, 1)], now)).toBe('M58.00 20V10.00H59.00V20zM59.00 20V0.00H60.00V20z')
  expect(shapeOf([at(600, 0.25), at(60, null)], now)).toBe('M50.00 20V15.00H51.50V20z')
  expect(shapeOf([at(3630, 0.5), at(3570, 2)], now)).toBe('M0.00 20V10.00H0.50V20zM0.50 20V0.00H2.00V20z')
  expect(shapeOf([at(4000, 1), at(-5, 1)], now)).toBe('')
})

test('a chart of loads is as high as the processors, or as the highest load; memory is told by what is in use', () => {
  expect(loadScale([sample({ load_average: null }), sample({ load_average: 3 })], 8)).toBe(8)
  expect(loadScale([sample({ load_average: 12 })], 8)).toBe(12)
  expect([memoryUsed(sample()), memoryUsed(sample({ memory_total: 0 }))]).toEqual([0.75, 0])
})
