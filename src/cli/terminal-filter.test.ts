import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TerminalFilter } from './terminal-filter.ts'

/** What is shown of a text that comes in pieces, cut between any two characters. */
function shown(text: string, { colors = true, cuts = [] as readonly number[] } = {}): string {
  const filter = new TerminalFilter({ colors })
  const chars = [...text]
  const ends = [...cuts.map((cut) => cut % (chars.length + 1)), chars.length].sort((one, other) => one - other)
  const pieces = ends.map((end, at) => chars.slice(ends[at - 1] ?? 0, end).join(''))
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end()
}

const color = new RegExp(`${String.fromCharCode(27)}\\[[\\d;:]*m`, 'g')

test('colours pass and end with the output; where they are not wanted they are left out', () => {
  expect(shown('\x1b[1;31mred\x1b[0m plain')).toBe('\x1b[1;31mred\x1b[0m plain')
  expect(shown('\x1b[32mgreen')).toBe('\x1b[32mgreen\x1b[0m')
  expect(shown('\x1b[32mgreen', { colors: false })).toBe('green')
})

test('nothing else that steers a terminal passes', () => {
  expect(shown('a\x1b[2J\x1b[Hb')).toBe('ab')
  expect(shown('\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\')).toBe('alink')
  expect(shown('\x1bPdevice\x1b\\a\x1b(Bb\x1bcc\x9b2Jd\x9d0;t\x9ce')).toBe('abcde')
  expect(shown('bell\x07 back\x08 null\0 del\x7f c1\x85')).toBe('bell␇ back␈ null␀ del␡ c1�')
})

test('a progress line becomes lines, and a line of Windows stays one', () => {
  expect(shown('10%\r20%\r30%\ndone\r\nnext\r')).toBe('10%\n20%\n30%\ndone\nnext\n')
})

test('a sequence that is never ended hides no more than its line', () => {
  expect(shown('\x1b]0;evil\nnext line\n')).toBe('\nnext line\n')
  expect(shown('\x1b[12\nnext')).toBe('\nnext')
})

test('whatever comes, cut wherever: no control character but line feeds, tabs and colours comes out', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\x1b[',
      '\x1b]',
      '\x1b',
      '\x9b',
      '\x9d',
      '\x07',
      '\r',
      '\n',
      '\x1b[31m',
      '\x1b[2K',
      ';',
      '\x1b\\',
      'é',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 5 }), (pieces, cuts) => {
      const text = pieces.join('')
      const safe = shown(text, { cuts })
      expect(safe).toBe(shown(text))
      const rest = safe.replace(color, '').replace(/[\n\t]/g, '')
      expect(rest).not.toMatch(/\p{Cc}/u)
    }),
  )
})
