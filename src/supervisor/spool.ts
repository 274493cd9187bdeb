import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writevSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Chunk } from './chunker.ts'

/** Before each chunk's bytes stands its whole header, so that a spool can be read without the supervisor that wrote it. */
export const headerLength = 64
const magic = 0x48594631
const [lengthAt, crcAt, streamAt, contAt, numbersAt] = [4, 8, 12, 13, 16]

/** A chunk as it lies in the file. */
export interface Frame {
  readonly seq: number
  readonly stream: 'stdout' | 'stderr'
  readonly offset: number
  readonly pos: number
  readonly line: number
  readonly cont: boolean
  readonly ts: number
  /** Where its bytes begin in the file, and how many they are. */
  readonly at: number
  readonly length: number
}

function encodeHeader(header: Buffer, chunk: Chunk): void {
  header.writeUInt32LE(magic, 0)
  header.writeUInt32LE(chunk.bytes.length, lengthAt)
  header.writeUInt8(chunk.stream === 'stdout' ? 0 : 1, streamAt)
  header.writeUInt8(chunk.cont ? 1 : 0, contAt)
  const numbers = [chunk.seq, chunk.offset, chunk.pos, chunk.line, chunk.ts]
  for (const [i, number] of numbers.entries()) header.writeDoubleLE(number, numbersAt + 8 * i)
  header.writeUInt32LE(crc32(chunk.bytes, crc32(header.subarray(streamAt))), crcAt)
}

function decodeHeader(header: Buffer, at: number): Frame | null {
  if (header.readUInt32LE(0) !== magic) return null
  const number = (i: number): number => header.readDoubleLE(numbersAt + 8 * i)
  return {
    seq: number(0),
    stream: header.readUInt8(streamAt) === 0 ? 'stdout' : 'stderr',
    offset: number(1),
    pos: number(2),
    line: number(3),
    cont: header.readUInt8(contAt) === 1,
    ts: number(4),
    at: at + headerLength,
    length: header.readUInt32LE(lengthAt),
  }
}

/** The output of one attempt, appended to; the file comes into being with the first chunk. */
export class SpoolWriter {
  readonly path: string
  readonly #header = Buffer.alloc(headerLength)
  #fd: number | null = null
  #size = 0

  constructor(path: string) {
    this.path = path
  }

  /** Goes on with what another supervisor began, behind its last whole frame. */
  static reopen(path: string, size: number): SpoolWriter {
    const spool = new SpoolWriter(path)
    if (existsSync(path)) {
      spool.#fd = openSync(path, 'r+')
      ftruncateSync(spool.#fd, size)
      spool.#size = size
    }
    return spool
  }

  get exists(): boolean {
    return this.#size > 0
  }

  /** @returns where its bytes lie. Throws when the disk takes no more; then nothing of the chunk is in the file. */
  append(chunk: Chunk): number {
    this.#fd ??= openSync(this.path, 'w', 0o600)
    encodeHeader(this.#header, chunk)
    const length = headerLength + chunk.bytes.length
    if (writevSync(this.#fd, [this.#header, chunk.bytes], this.#size) !== length) {
      ftruncateSync(this.#fd, this.#size)
      throw new Error('the disk is full')
    }
    this.#size += length
    return this.#size - chunk.bytes.length
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }
}

/**
 * The frames of a spool from a place in it, up to the first that is torn (the writer was killed in it).
 * @param from where a frame begins: 0, or `at + length` of an earlier one
 * @param check reads the bytes, too, and compares their sum
 */
export function* readFrames(path: string, from = 0, check = false): Generator<Frame> {
  if (!existsSync(path)) return
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const header = Buffer.alloc(headerLength)
    for (let at = from; at + headerLength <= size; ) {
      if (readSync(fd, header, 0, headerLength, at) !== headerLength) return
      const frame = decodeHeader(header, at)
      if (frame === null || frame.at + frame.length > size) return
      if (check && !isWhole(fd, header, frame)) return
      yield frame
      at = frame.at + frame.length
    }
  } finally {
    closeSync(fd)
  }
}

function isWhole(fd: number, header: Buffer, frame: Frame): boolean {
  const bytes = Buffer.allocUnsafe(frame.length)
  readSync(fd, bytes, 0, frame.length, frame.at)
  return header.readUInt32LE(crcAt) === crc32(bytes, crc32(header.subarray(streamAt)))
}
