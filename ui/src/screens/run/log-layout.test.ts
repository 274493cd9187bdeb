import { expect, test } from 'vitest'
import { foldsOf, groupMarkOf } from './log-folds.ts'
import { layoutOf } from './log-layout.ts'

test('each place names a line that is shown, and each such line its place', () => {
  const hidden = [
    { from: 7, to: 8 },
    { from: 1, to: 2 },
    { from: 8, to: 9 },
    { from: 12, to: 40 },
  ]
  const layout = layoutOf(12, hidden)
  const lines = Array.from({ length: layout.total }, (_, at) => layout.lineAt(at + 1))
  expect(lines).toEqual([3, 4, 5, 6, 10, 11])
  expect(lines.map(layout.placeOf)).toEqual([1, 2, 3, 4, 5, 6])
})

test('a hidden line is at the place of the next that is shown, or of the last', () => {
  const layout = layoutOf(10, [
    { from: 4, to: 6 },
    { from: 9, to: 10 },
  ])
  expect([layout.placeOf(5), layout.placeOf(7), layout.placeOf(10)]).toEqual([4, 4, 5])
  expect(layoutOf(3, []).lineAt(2)).toBe(2)
})

test('a group ends with its mark, where the next begins, or with the log; an empty one folds nothing', () => {
  expect(foldsOf([2, 10, 20, 30], [1, 5, 15], 33)).toEqual([
    { head: 2, from: 3, to: 5, count: 2 },
    { head: 10, from: 11, to: 15, count: 4 },
    { head: 20, from: 21, to: 29, count: 9 },
    { head: 30, from: 31, to: 33, count: 3 },
  ])
  expect(foldsOf([4, 5], [], 5)).toEqual([])
})

test('marks of groups are known in two spellings, and only where a line begins', () => {
  expect(groupMarkOf('::group::Build it')).toEqual({ begins: true, name: 'Build it' })
  expect(groupMarkOf('##[group] Test')).toEqual({ begins: true, name: 'Test' })
  expect([groupMarkOf('::endgroup::'), groupMarkOf('##[endgroup]')]).toEqual([{ begins: false }, { begins: false }])
  expect(groupMarkOf('echo ::group::no')).toBeNull()
})
