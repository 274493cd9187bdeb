import { expect, test } from 'vitest'
import { codeLife, SignInCodes } from './sign-in-codes.ts'

test('a code stands for its token once, until it expires, and for no other', () => {
  const codes = new SignInCodes()
  const [one, two, three] = [codes.issue('a', 0), codes.issue('b', 0), codes.issue('c', 1)]
  expect(codes.redeem(`${one}x`, 1)).toBeNull()
  expect([codes.redeem(one, 1), codes.redeem(one, 1)]).toEqual(['a', null])
  expect([codes.redeem(two, codeLife), codes.redeem(three, codeLife)]).toEqual([null, 'c'])
})

test('of many links the newest work', () => {
  const codes = new SignInCodes()
  const made = Array.from({ length: 25 }, (_, i) => codes.issue(`token ${i}`, i))
  expect(made.map((code) => codes.redeem(code, 30)).filter((token) => token !== null)).toHaveLength(20)
  expect(codes.redeem(made[24] ?? '', 30)).toBeNull()
})
