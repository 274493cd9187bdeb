import { expect, test } from 'vitest'
import { movedBy } from './use-bar-keys.ts'

test('arrows go from bar to bar and stay on the chart; held with Shift, several are taken', () => {
  const at = (at: number, from = at) => ({ at, from })
  expect(movedBy('ArrowLeft', false, at(0), 5)).toEqual(at(0))
  expect(movedBy('ArrowRight', false, at(1), 5)).toEqual(at(2))
  expect(movedBy('End', true, at(1), 5)).toEqual(at(4, 1))
  expect(movedBy('Home', true, at(4, 1), 5)).toEqual(at(0, 1))
  expect(movedBy('PageDown', false, at(0), 5)).toEqual(at(4))
  expect(movedBy('x', false, at(1), 5)).toBeNull()
  expect(movedBy('ArrowLeft', false, at(-1), 0)).toBeNull()
})
