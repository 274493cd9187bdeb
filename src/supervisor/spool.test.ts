import { appendFileSync, mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFrames, SpoolWriter } from './spool.ts'
import { SpoolReader } from './spool-reader.ts'

const aPath = (): string => join(mkdtempSync(join(tmpdir(), 'hydra-spool-')), 'run.1')

const aChunk = (seq: number, text: string) => ({
  ...{ seq, stream: 'stderr' as const, offset: 7 * seq, pos: 2 ** 40 + seq, line: seq, cont: seq > 1, ts: 1.8e12 },
  bytes: Buffer.from(text),
})

test('frames carry the whole header, and their bytes lie where they say', () => {
  const path = aPath()
  const spool = new SpoolWriter(path)
  const places = [spool.append(aChunk(1, 'one')), spool.append(aChunk(2, 'three'))]
  const { bytes: _, ...numbers } = aChunk(2, 'three')
  const frames = [...readFrames(path, 0, true)]
  expect(frames[1]).toEqual({ ...numbers, at: places[1], length: 5 })
  const reader = new SpoolReader()
  expect(reader.read(path, frames[0]?.at ?? 0, 3).toString()).toBe('one')
  expect(reader.read(path, frames[1]?.at ?? 0, 5).toString()).toBe('three')
  expect(() => reader.read(path, frames[1]?.at ?? 0, 6)).toThrow('ends before byte')
  reader.close()
})

test('no file comes into being before the first byte', () => {
  const spool = new SpoolWriter(aPath())
  spool.close()
  expect([...readFrames(spool.path)]).toEqual([])
  expect(statSync(spool.path, { throwIfNoEntry: false })).toBeUndefined()
})

test('a torn last frame is left out at every length, and what goes on after it is whole', () => {
  const path = aPath()
  const spool = new SpoolWriter(path)
  spool.append(aChunk(1, 'whole'))
  const size = statSync(path).size
  spool.append(aChunk(2, 'torn'))
  const bytes = readFileSync(path)
  for (let length = size; length < bytes.length; length += 1) {
    writeFileSync(path, bytes.subarray(0, length))
    expect([...readFrames(path, 0, true)].map((frame) => frame.seq)).toEqual([1])
  }
  const next = SpoolWriter.reopen(path, size)
  next.append(aChunk(2, 'again'))
  expect([...readFrames(path, 0, true)].map((frame) => frame.seq)).toEqual([1, 2])
})

test('bytes that a loss of power left wrong are found by their sum', () => {
  const path = aPath()
  const spool = new SpoolWriter(path)
  spool.append(aChunk(1, 'whole'))
  const at = spool.append(aChunk(2, 'lost'))
  truncateSync(path, at)
  appendFileSync(path, Buffer.alloc(4))
  expect([...readFrames(path, 0, true)].map((frame) => frame.seq)).toEqual([1])
})
