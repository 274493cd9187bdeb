import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StreamName } from '../model/log.ts'
import { incompleteEnd } from './bytes.ts'
import { type Chunk, Chunker, type ChunkerState, chunkLimit } from './chunker.ts'

interface Write {
  readonly stream: StreamName
  readonly bytes: Buffer
  readonly flush: boolean
}

/** The rule of the wire contract, byte by byte: a line is numbered, over both streams, when its first byte is read. */
function linesOf(writes: readonly Write[]): Record<StreamName, number[]> {
  const lines: Record<StreamName, number[]> = { stdout: [], stderr: [] }
  const open: Record<StreamName, number | null> = { stdout: null, stderr: null }
  let count = 0
  for (const { stream, bytes } of writes)
    for (const byte of bytes) {
      open[stream] ??= ++count
      lines[stream].push(open[stream])
      if (byte === 10) open[stream] = null
    }
  return lines
}

function chunksOf(writes: readonly Write[], from?: ChunkerState): Chunk[] {
  const chunks: Chunk[] = []
  const keep = (chunk: Chunk): boolean => {
    chunks.push({ ...chunk, bytes: Buffer.from(chunk.bytes) })
    return true
  }
  const chunker = new Chunker(keep, from)
  for (const { stream, bytes, flush } of writes) {
    // Bytes are lent: what is done to them afterwards must not matter.
    const lent = Buffer.from(bytes)
    chunker.push(stream, lent, 0, flush)
    lent.fill(0x21)
  }
  chunker.flush(true)
  return chunks
}

const aByte = fc.oneof(fc.constantFrom(10, 10, 0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f), fc.nat(255))
const aWrite: fc.Arbitrary<Write> = fc.record({
  stream: fc.constantFrom('stdout', 'stderr'),
  bytes: fc.array(aByte, { minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  flush: fc.boolean(),
})

test('however the streams interleave, the chunks joined are the bytes, and every byte has the number of its line', () => {
  fc.assert(
    fc.property(fc.array(aWrite, { maxLength: 30 }), (writes) => {
      const chunks = chunksOf(writes)
      const expected = linesOf(writes)
      let pos = 0
      for (const [i, chunk] of chunks.entries()) {
        expect(chunk.seq).toBe(i + 1)
        expect(chunk.pos).toBe(pos)
        pos += chunk.bytes.length
      }
      for (const stream of ['stdout', 'stderr'] as const) {
        const own = chunks.filter((chunk) => chunk.stream === stream)
        const bytes = Buffer.concat(own.map((chunk) => chunk.bytes))
        expect(bytes).toEqual(
          Buffer.concat(writes.filter((write) => write.stream === stream).map((write) => write.bytes)),
        )
        // Each chunk numbers its bytes by its first line alone.
        const numbers = own.flatMap(({ line, bytes }) => {
          let number = line
          return [...bytes].map((byte) => (byte === 10 ? number++ : number))
        })
        expect(numbers).toEqual(expected[stream])
        let offset = 0
        for (const chunk of own) {
          expect(chunk.offset).toBe(offset)
          expect(chunk.cont).toBe(offset > 0 && bytes[offset - 1] !== 10)
          offset += chunk.bytes.length
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('no character is torn between two chunks', () => {
  const text = 'aß€😀\n'.repeat(20)
  const writes = (sizes: readonly number[]): Write[] => {
    const [bytes, found]: [Buffer, Write[]] = [Buffer.from(text), []]
    for (let at = 0, i = 0; at < bytes.length; i += 1) {
      const size = sizes[i % sizes.length] ?? 1
      found.push({ stream: 'stdout', bytes: bytes.subarray(at, at + size), flush: true })
      at += size
    }
    return found
  }
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 9 }), (sizes) => {
      const chunks = chunksOf(writes(sizes))
      expect(chunks.map((chunk) => chunk.bytes.toString()).join('')).toBe(text)
      expect(chunks.every((chunk) => incompleteEnd(chunk.bytes) === 0)).toBe(true)
    }),
  )
})

test('a chunk has 64 KiB at most', () => {
  const long = Buffer.alloc(3 * chunkLimit + 5, 'x')
  const chunks = chunksOf([
    { stream: 'stdout', bytes: Buffer.from('ab'), flush: false },
    { stream: 'stdout', bytes: long, flush: false },
  ])
  expect(chunks.map((chunk) => chunk.bytes.length)).toEqual([chunkLimit, chunkLimit, chunkLimit, 7])
  expect(chunks.map((chunk) => chunk.cont)).toEqual([false, true, true, true])
})

test('what the spool did not take has no sequence and no offset', () => {
  const kept: Chunk[] = []
  let full = true
  const chunker = new Chunker((chunk) => {
    if (!full) kept.push({ ...chunk, bytes: Buffer.from(chunk.bytes) })
    return !full
  })
  chunker.push('stdout', Buffer.from('lost\n'), 0, true)
  full = false
  chunker.push('stdout', Buffer.from('kept\n'), 0, true)
  expect(kept).toMatchObject([{ seq: 1, offset: 0, pos: 0, line: 2 }])
})

test('a note stands on a line of its own, whatever was left open', () => {
  const kept: string[] = []
  const chunker = new Chunker(({ line, bytes }) => kept.push(`${line}: ${bytes}`) > 0)
  chunker.push('stderr', Buffer.from('open'), 0, true)
  chunker.push('stdout', Buffer.from('other\n'), 0, true)
  chunker.note('note', 0)
  expect(kept).toEqual(['1: open', '2: other\n', '1: \n', '3: note\n'])
})
