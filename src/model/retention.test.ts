import { describe, expect, test } from 'vitest'
import { needlessUpTo } from './retention.ts'

const day = 86_400_000
const replaced = [
  { version: 1, replaced_at: 10 * day },
  { version: 2, replaced_at: 20 * day },
  { version: 3, replaced_at: 30 * day },
]

describe('versions that nothing needs', () => {
  test('without any run, all that were replaced before the time', () => {
    expect(needlessUpTo(replaced, null, 25 * day)).toBe(2)
    expect(needlessUpTo(replaced, null, 10 * day)).toBeNull()
    expect(needlessUpTo([], null, 99 * day)).toBeNull()
  })

  test('a version stays while there is a run from before it was replaced, and two days longer', () => {
    expect(needlessUpTo(replaced, 19 * day, 99 * day)).toBe(1)
    expect(needlessUpTo(replaced, 22 * day, 99 * day)).toBe(1)
    expect(needlessUpTo(replaced, 22 * day + 1, 99 * day)).toBe(2)
    expect(needlessUpTo(replaced, 5 * day, 99 * day)).toBeNull()
    expect(needlessUpTo(replaced, 99 * day, 15 * day)).toBe(1)
  })
})
