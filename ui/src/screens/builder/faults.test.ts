import { expect, test } from 'vitest'
import { faultsByField } from './faults.ts'

test('what is wrong stands at its field once somebody was there, everything else above', () => {
  const errors = [
    'name: must not be blank',
    'completion.exit_codes.0: must be whole',
    'executor.other: no',
    'too large',
  ]
  const { byPath, others } = faultsByField(errors, (path) => path === 'name')
  expect([...byPath]).toEqual([['completion.exit_codes', 'must be whole']])
  expect(others).toEqual(['name: must not be blank', 'executor.other: no', 'too large'])
})
