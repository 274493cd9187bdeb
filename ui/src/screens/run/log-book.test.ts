import { describe, expect, test } from 'vitest'
import { LogBook } from './log-book.ts'

const chunk = (seq: number, line: number, text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
  ({
    run_id: 'r',
    job_id: 'j',
    worker_id: 'w',
    domain: 'd',
    ts: 1,
    stream,
    text,
    attempt: 1,
    seq,
    line,
    cont: false,
  }) as const

const page = (asOf: number, from: number, texts: readonly string[], total = from + texts.length - 1) => ({
  attempt: 1,
  total_lines: total,
  complete: false,
  last_event_id: `1-${asOf}`,
  lines: texts.map((text, at) => ({ n: from + at, ts: 1, stream: 'stdout' as const, text, cut: false })),
})

const textOf = (book: LogBook): readonly (string | undefined)[] =>
  Array.from({ length: book.total }, (_, at) => book.line(at + 1)?.text)

describe('the seam between lines and stream', () => {
  test('a line that was begun in a page goes on with the stream, once', () => {
    const book = new LogBook(1)
    book.takePage(page(3, 1, ['one', 'tw']))
    book.takeChunk(chunk(3, 2, 'tw'))
    book.takeChunk(chunk(4, 2, 'o\nthree\nfo'))
    book.takeChunk(chunk(5, 4, 'ur\r\n'))
    expect(textOf(book)).toEqual(['one', 'two', 'three', 'four'])
  })
  test('a page that is ahead of the stream is not told twice, one that is behind takes nothing back', () => {
    const book = new LogBook(1)
    book.takePage(page(1, 1, ['a']))
    book.takePage(page(3, 1, ['abc', 'd']))
    book.takeChunk(chunk(2, 1, 'b'))
    book.takeChunk(chunk(3, 1, 'c\nd'))
    book.takeChunk(chunk(4, 2, 'e\n'))
    book.takePage(page(3, 1, ['abc', 'd']))
    expect(textOf(book)).toEqual(['abc', 'de'])
  })
  test('lines of both streams lie between each other; a line feed alone begins no line', () => {
    const book = new LogBook(1)
    book.takeChunk(chunk(1, 1, 'out'))
    book.takeChunk(chunk(2, 2, 'err\n', 'stderr'))
    book.takeChunk(chunk(3, 1, '\n'))
    book.takeChunk(chunk(4, 3, 'next\n\nlast\n'))
    expect(textOf(book)).toEqual(['out', 'err', 'next', '', 'last'])
    expect(book.line(2)?.stream).toBe('stderr')
  })
})

test('pages that are not known whole are named, also where one came short', () => {
  const book = new LogBook(1)
  book.takePage(page(9, 801, ['x', 'y'], 1000))
  expect(book.missing(1, 1000)).toEqual([1, 401, 801])
  expect(book.gapIn(801)).toBe(803)
  book.takePage(
    page(
      9,
      803,
      Array.from({ length: 198 }, () => 'z'),
      1000,
    ),
  )
  expect(book.missing(700, 1000)).toEqual([401])
})

test('a line without end is cut', () => {
  const book = new LogBook(1)
  book.takeChunk(chunk(1, 1, 'x'.repeat(16_000)))
  book.takeChunk(chunk(2, 1, 'y'.repeat(1000)))
  book.takeChunk(chunk(3, 1, 'z\nnext\n'))
  expect(book.line(1)).toMatchObject({ cut: true })
  expect(book.line(1)?.text).toHaveLength(16_384)
  expect(book.line(2)?.text).toBe('next')
})
