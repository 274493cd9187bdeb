import { expect, test } from 'vitest'
import { didYouMean } from './suggest.ts'

test('what is near enough is offered, nearest first, and what is not is not', () => {
  const names = ['nightly-backup', 'Nightly', 'weekly', 'x', 'y']
  expect(didYouMean('nigthly', names)).toBe(' Did you mean "Nightly"?')
  expect(didYouMean('nightly', names)).toBe(' Did you mean "Nightly" or "nightly-backup"?')
  expect(didYouMean('entirely different', names)).toBe('')
})

test('of a short word nothing is guessed where most of its letters would have to change', () => {
  expect(didYouMean('0', ['x', 'wd', 'to'])).toBe('')
  expect(didYouMean('wd', ['x', 'to', 'wx'])).toBe(' Did you mean "wx"?')
  expect(didYouMean('jbos', ['jobs', 'runs'])).toBe(' Did you mean "jobs"?')
})
