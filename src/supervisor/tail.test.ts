import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Tail } from './tail.ts'

test('it holds the newest bytes, however they came', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 40 })), (texts) => {
      const tail = new Tail(32)
      for (const text of texts) tail.push(Buffer.from(text))
      expect(tail.take()).toBe(texts.join('').slice(-32))
    }),
  )
})

test('a character cut at the beginning is left out', () => {
  const tail = new Tail(8)
  tail.push(Buffer.from('€€€€'))
  expect(tail.take()).toBe('€€')
})

test('what is no UTF-8 is shown as such', () => {
  const tail = new Tail(8)
  tail.push(Buffer.from([0x61, 0xff, 0x62]))
  expect(tail.take()).toBe('a\ufffdb')
})
