import { closeSync, openSync, readSync } from 'node:fs'
import type { LogChunk } from '../model/log.ts'
import type { ChunkNote } from '../supervisor/messages.ts'

/** Between two chunks stands a header; what lies so near is fetched with one read. */
const nearby = 1024

/**
 * The chunks with their bytes. Neighbours in the file are fetched together. The read is synchronous, because what was
 * just written lies in the page cache, where a read costs less than handing it to a thread.
 *
 * @param path the attempt's spool file; null, missing or too short: the bytes are gone, and the chunk says so
 */
export function readChunks(path: string | null, attempt: number, notes: readonly ChunkNote[]): LogChunk[] {
  if (notes.length === 0) return []
  const bytes = path === null ? null : readAll(path, notes)
  return notes.map((note, i) => ({
    run_id: note.run_id,
    attempt,
    seq: note.seq,
    stream: note.stream,
    offset: note.offset,
    pos: note.pos,
    line: note.line,
    cont: note.cont,
    ts: note.ts,
    bytes: bytes?.[i] ?? lostBytes(note.length),
  }))
}

function readAll(path: string, notes: readonly ChunkNote[]): (Uint8Array | null)[] | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    // Out of descriptors is not out of output: the report is tried again.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    return readNeighbours(fd, notes)
  } finally {
    closeSync(fd)
  }
}

function readNeighbours(fd: number, notes: readonly ChunkNote[]): (Uint8Array | null)[] {
  const chunks: (Uint8Array | null)[] = []
  for (let begin = 0; begin < notes.length; ) {
    const from = notes[begin]?.at ?? 0
    let [end, to] = [begin, from]
    for (let note = notes[end]; note && note.at >= to && note.at <= to + nearby; note = notes[end]) {
      to = note.at + note.length
      end += 1
    }
    const buffer = Buffer.allocUnsafeSlow(to - from)
    const got = readFully(fd, buffer, from)
    for (const { at, length } of notes.slice(begin, end)) {
      const [start, stop] = [at - from, at - from + length]
      chunks.push(stop <= got ? buffer.subarray(start, stop) : null)
    }
    begin = end
  }
  return chunks
}

function readFully(fd: number, buffer: Buffer, from: number): number {
  let got = 0
  while (got < buffer.length) {
    const read = readSync(fd, buffer, got, buffer.length - got, from + got)
    if (read === 0) break
    got += read
  }
  return got
}

/** As many bytes as are gone, so that the numbers of all later chunks still hold; they begin with a sentence. */
export function lostBytes(length: number): Uint8Array {
  const bytes = Buffer.alloc(length, '.')
  bytes.write(`[hydra: ${length} bytes of output were lost with the worker's disk]`)
  if (length > 0) bytes[length - 1] = 0x0a
  return bytes
}
