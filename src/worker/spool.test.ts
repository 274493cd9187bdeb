import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chunk } from './notes.fixture.ts'
import { readChunks } from './spool.ts'

let folder = ''
let spool = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hydra-spool-'))
  spool = join(folder, 'spool')
  writeFileSync(spool, 'one two three')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const texts = (...places: readonly (readonly [at: number, length: number])[]): string[] =>
  readChunks(
    spool,
    3,
    places.map(([at, length], i) => chunk(i + 1, { at, length })),
  ).map(({ bytes }) => Buffer.from(bytes).toString())

test('chunks are read from their places, neighbours and others', () => {
  expect(texts([0, 4], [4, 4], [10, 3], [8, 1])).toEqual(['one ', 'two ', 'ree', 't'])
  writeFileSync(spool, `a${'.'.repeat(5000)}b`)
  expect(texts([0, 1], [5001, 1])).toEqual(['a', 'b'])
})

test('a chunk carries its numbers and the attempt', () => {
  const note = chunk(7, { at: 0, length: 3, stream: 'stderr', cont: true })
  expect(readChunks(spool, 3, [note])).toEqual([
    {
      run_id: 'r1',
      attempt: 3,
      seq: 7,
      stream: 'stderr',
      offset: 60,
      pos: 60,
      line: 7,
      cont: true,
      ts: 1000,
      bytes: Buffer.from('one'),
    },
  ])
})

test('bytes that are gone are replaced by as many, which say so', () => {
  const [there, cut] = readChunks(spool, 1, [chunk(1, { at: 0, length: 3 }), chunk(2, { at: 3, length: 100 })])
  expect(Buffer.from(there?.bytes ?? []).toString()).toBe('one')
  expect(Buffer.from(cut?.bytes ?? []).toString()).toMatch(/^\[hydra: 100 bytes of output were lost.*\]\.*\n$/)
  expect(cut?.bytes).toHaveLength(100)
  const [gone] = readChunks(join(folder, 'missing'), 1, [chunk(1, { length: 5 })])
  expect(gone?.bytes).toHaveLength(5)
})
