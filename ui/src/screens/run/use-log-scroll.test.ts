import { expect, test } from 'vitest'
import { windowFor } from './use-log-scroll.ts'

test('the window of lines has the line that is wanted well inside, stays where it can, and never ends behind the log', () => {
  const million = 1_000_000
  expect(windowFor(500, 150_000, 1)).toBe(1)
  expect(windowFor(500_000, million, 1)).toBe(400_000)
  expect(windowFor(480_000, million, 400_000)).toBe(400_000)
  expect(windowFor(401_000, million, 400_000)).toBe(301_000)
  expect(windowFor(million, million, 1)).toBe(800_001)
  expect(windowFor(1, million, 800_001)).toBe(1)
})
