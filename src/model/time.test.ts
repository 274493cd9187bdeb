import fc from 'fast-check'
import { expect, test } from 'vitest'
import { iso } from './time.ts'

test('a time is written as Date writes it, whatever the year', () => {
  const extremes = fc.constantFrom(0, -1, 86_399_999, 86_400_000, 8.64e15, -8.64e15, 1.9)
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: -1e15, max: 1e15 }), fc.integer({ min: 0, max: 3e12 }), extremes), (at) => {
      expect(iso(at)).toBe(new Date(at).toISOString())
    }),
  )
  expect(() => iso(Number.NaN)).toThrow(RangeError)
})
