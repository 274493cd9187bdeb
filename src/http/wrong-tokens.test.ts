import { expect, test } from 'vitest'
import { WrongTokens } from './wrong-tokens.ts'

test('the 61st wrong token within a minute waits for the rest of it; a new minute begins anew', () => {
  const wrong = new WrongTokens()
  for (let i = 0; i < 60; i += 1) expect(wrong.add('10.0.0.1', 1000)).toBeNull()
  expect(wrong.add('10.0.0.1', 31_000)).toBe(30)
  expect(wrong.add('10.0.0.2', 31_000)).toBeNull()
  expect(wrong.add('10.0.0.1', 61_000)).toBeNull()
})

test('the addresses of one IPv6 network count as one, mapped IPv4 ones do not', () => {
  const wrong = new WrongTokens()
  for (let i = 0; i < 60; i += 1) wrong.add(`2001:db8::${i.toString(16)}`, 0)
  expect(wrong.add('2001:db8:0:0:ffff::1', 0)).not.toBeNull()
  expect(wrong.add('2001:db8:0:1::1', 0)).toBeNull()
  for (let i = 0; i < 60; i += 1) wrong.add('::ffff:10.0.0.1', 0)
  expect(wrong.add('::ffff:10.0.0.2', 0)).toBeNull()
})

test('a flood of addresses does not grow it without bound', () => {
  const wrong = new WrongTokens()
  for (let i = 0; i < 60; i += 1) wrong.add('first', 0)
  for (let i = 0; i < 20_000; i += 1) wrong.add(`address ${i}`, 0)
  expect(wrong.add('first', 0)).toBeNull()
})
