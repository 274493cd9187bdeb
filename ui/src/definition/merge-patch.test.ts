import { expect, test } from 'vitest'
import { mergePatch, patchedWith } from './merge-patch.ts'

test('a patch has what differs: objects merge, lists replace, what goes is null', () => {
  const from = { name: 'a', retries: 1, executor: { type: 'shell', env: { A: '1', B: '2' } }, tags: ['x', 'y'] }
  const to = { name: 'a', retries: 2, executor: { type: 'shell', env: { B: '3' } }, tags: ['x'] }
  expect(mergePatch(from, to)).toEqual({ retries: 2, executor: { env: { A: null, B: '3' } }, tags: ['x'] })
  expect(patchedWith(from, mergePatch(from, to))).toEqual(to)
  expect(mergePatch(to, to)).toEqual({})
  expect(mergePatch({ key: null }, { key: 'k' })).toEqual({ key: 'k' })
})
