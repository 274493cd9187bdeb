import { expect, test } from 'vitest'
import { looksAfter, markPattern, piecesOf, plainOf } from './log-text.ts'

const esc = String.fromCharCode(27)

test('colours and styles are shown, nothing else that moves or names a terminal', () => {
  const line = `${esc}]0;title${String.fromCharCode(7)}${esc}[2Ka ${esc}[1;31mred${esc}[0m ${esc}[38;2;1;2;3mrgb${esc}[0m`
  expect(plainOf(line)).toBe('a red rgb')
  const [, red, , rgb] = piecesOf(line, null)
  expect(red).toMatchObject({ text: 'red', look: ['ansi-red', 'bold'] })
  expect(rgb).toMatchObject({ text: 'rgb', color: '1, 2, 3' })
})

test('of a progress line the last state is shown', () => {
  expect(plainOf('10 %\r50 %\r100 %')).toBe('100 %')
  expect(plainOf('done\r')).toBe('done')
})

test('links of three kinds are links, others are text', () => {
  const hrefs = piecesOf('see https://example.org/a?b=1. or mailto:me@example.org, not javascript:alert(1)', null).map(
    ({ href }) => href,
  )
  expect(hrefs.filter((href) => href !== null)).toEqual(['https://example.org/a?b=1', 'mailto:me@example.org'])
})

test('what is searched for is marked across colours, literally or as an expression', () => {
  const line = `one t${esc}[32mw${esc}[0mo a.b`
  const marked = (find: string, regex: boolean): string =>
    piecesOf(line, markPattern(find, regex))
      .filter(({ hit }) => hit)
      .map(({ text }) => text)
      .join('')
  expect(marked('TWO', false)).toBe('two')
  expect(marked('a.b', false)).toBe('a.b')
  expect(marked('o\\b', true)).toBe('o')
  expect(markPattern('(', true)).toBeNull()
})

test('a colour goes on over the ends of lines, and over what a carriage return took back, until it is ended', () => {
  const on = looksAfter([], `a ${esc}[32mb`)
  expect(piecesOf('c', null, on)).toMatchObject([{ text: 'c', look: ['ansi-green'] }])
  expect(piecesOf(`${esc}[31m10 %\r100 %`, null)).toMatchObject([{ text: '100 %', look: ['ansi-red'] }])
  expect(looksAfter(looksAfter(on, `${esc}[1mbold`), 'plain')).toHaveLength(2)
  expect(looksAfter(on, `x${esc}[0my`)).toEqual([])
  expect(looksAfter(on, `${esc}[0;31mz`)).toEqual([`${esc}[0;31m`])
})
