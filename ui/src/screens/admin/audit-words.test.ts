import { expect, test } from 'vitest'
import { changeOf } from './audit-words.ts'

test('only what is otherwise is told, what came and what went too, and no value fills the screen', () => {
  const script = 'x'.repeat(500)
  const change = changeOf({
    before: { name: 'old', retries: 0, gone: true, same: { a: 1 } },
    after: { name: 'new', retries: 3, script, same: { a: 1 }, nothing: null },
  })
  expect(change).toEqual([
    { name: 'name', before: 'old', after: 'new' },
    { name: 'retries', before: '0', after: '3' },
    { name: 'gone', before: 'true', after: null },
    { name: 'script', before: null, after: `${'x'.repeat(120)}…` },
  ])
  expect(changeOf({ before: null, after: null })).toEqual([])
})
