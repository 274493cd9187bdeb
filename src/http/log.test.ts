import { expect, test } from 'vitest'
import { rangeOf } from './log.ts'

test('one range of bytes is read as RFC 9110 says', () => {
  expect(rangeOf('bytes=0-0', 10)).toEqual({ first: 0, last: 0 })
  expect(rangeOf('bytes=2-', 10)).toEqual({ first: 2, last: 9 })
  expect(rangeOf('bytes=-3', 10)).toEqual({ first: 7, last: 9 })
  expect(rangeOf('bytes=-30', 10)).toEqual({ first: 0, last: 9 })
  expect(rangeOf('bytes=5-100', 10)).toEqual({ first: 5, last: 9 })
})

test('a range beyond the end cannot be satisfied', () => {
  for (const range of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) expect(rangeOf(range, 10), range).toBe('unsatisfiable')
  expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable')
})

test('what is no single range of bytes means the whole', () => {
  for (const range of [undefined, '', 'bytes=-', 'bytes=4-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=x-y'])
    expect(rangeOf(range, 10)).toBeNull()
})
