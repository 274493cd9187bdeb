import { expect, test } from 'vitest'
import { aChunk } from '../../test/builders.ts'
import { type LogEnd, noteAt, openLine } from './log-note.ts'

const nothing: LogEnd = {
  ...{ run_id: 'r', attempt: 2, seq: 0, lines: 0 },
  ...{ sizes: { stdout: 0, stderr: 0 }, open: { stdout: null, stderr: null } },
}
const shown = (end: LogEnd) =>
  noteAt(end, 'a note', 5).map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString() }))

test('a note in an empty log is its first line', () => {
  const place = { run_id: 'r', attempt: 2, stream: 'stderr', ts: 5, cont: false }
  expect(shown(nothing)).toEqual([{ ...place, seq: 1, offset: 0, pos: 0, line: 1, text: 'a note\n' }])
})

test('lines that were cut end before the note, which has a number of its own', () => {
  const end = { ...nothing, seq: 7, lines: 4, sizes: { stdout: 30, stderr: 12 }, open: { stdout: 3, stderr: 4 } }
  expect(shown(end)).toMatchObject([
    { seq: 8, stream: 'stdout', offset: 30, pos: 42, line: 3, cont: true, text: '\n' },
    { seq: 9, stream: 'stderr', offset: 12, pos: 43, line: 4, cont: true, text: '\n' },
    { seq: 10, stream: 'stderr', offset: 13, pos: 44, line: 5, cont: false, text: 'a note\n' },
  ])
})

test('the last chunk of a stream says which line it leaves unfinished', () => {
  expect(openLine(aChunk({ line: 3, text: 'one\ntwo\nthr' }))).toBe(5)
  expect(openLine(aChunk({ line: 3, text: 'one\n' }))).toBeNull()
  expect(openLine(null)).toBeNull()
})
