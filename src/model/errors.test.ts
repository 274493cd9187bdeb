import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes, invalid } from './errors.ts'

test('every code stands in docs/errors.md with its status, and no other', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const documented = Object.fromEntries(
    [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)]),
  )
  expect(documented).toEqual(errorCodes)
})

test('an invalid definition names its first three faults in one sentence and lists all', () => {
  const error = invalid(['a', 'b', 'c', 'd'].map((path) => ({ path, message: 'is wrong' })))
  expect(error.message).toBe('a: is wrong; b: is wrong; c: is wrong')
  expect(error.faults).toHaveLength(4)
})
