import { expect, test } from 'vitest'
import { didYouMean } from './suggest.ts'

test('what is near enough is offered, nearest first, and what is not is not', () => {
  const names = ['nightly-backup', 'Nightly', 'weekly', 'x', 'y']
  expect(didYouMean('nigthly', names)).toBe(' Did you mean "Nightly"?')
  expect(didYouMean('nightly', names)).toBe(' Did you mean "Nightly" or "nightly-backup"?')
  expect(didYouMean('entirely different', names)).toBe('')
})
