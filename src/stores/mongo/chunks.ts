import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogChunks, LogCursor, LogSize } from '../../ports/log-store.ts'
import { asked } from './gate.ts'
import { attemptPrefix, bytesBefore, type ChunkNumbers, chunkId, readChunk, readNumbers } from './log-document.ts'
import { beginningWith, type Documents } from './stored.ts'

type Only = NonNullable<Parameters<LogChunks['read']>[3]>

/** Chunks that are read in one go. */
const atOnce = 32

const withoutBytes = { projection: { bytes: 0 } } as const

/**
 * Reads of chunks. Their ids are in the order of the log, so each question is a look at a place in that one order, or a
 * bisection over the sequence by the numbers that each chunk carries: nothing is scanned.
 */
export class MongoChunks implements LogChunks {
  readonly #chunks: Documents

  constructor(chunks: Documents) {
    this.#chunks = chunks
  }

  async read(runId: string, after: LogCursor, bytes: number, only: Only = {}): Promise<readonly LogChunk[]> {
    const found: LogChunk[] = []
    const most = only.chunks ?? Number.POSITIVE_INFINITY
    let place = chunkId(runId, after.attempt, after.seq)
    if (only.attempt && only.attempt > after.attempt) place = attemptPrefix(runId, only.attempt)
    const end = beginningWith(only.attempt ? attemptPrefix(runId, only.attempt) : `${runId}:`).$lt
    for (let left = bytes; left > 0 && found.length < most; ) {
      const page = await this.#page(place, end)
      for (const chunk of page) {
        if (only.stream && chunk.stream !== only.stream) continue
        found.push(chunk)
        left -= chunk.bytes.length
        if (left <= 0 || found.length >= most) break
      }
      const last = page.at(-1)
      if (last === undefined || page.length < atOnce) break
      place = chunkId(runId, last.attempt, last.seq)
    }
    return found
  }

  async last(runId: string, attempt: number): Promise<LogChunk | null> {
    const [_id, options] = [beginningWith(attemptPrefix(runId, attempt)), { sort: { _id: -1 } } as const]
    const stored = await asked(() => this.#chunks.findOne({ _id }, options))
    return stored === null ? null : readChunk(stored)
  }

  async size(runId: string): Promise<readonly LogSize[]> {
    const found: LogSize[] = []
    for (let newest = await this.#newestOf(runId, null); newest !== null; ) {
      const { attempt, stream, lines, size, seq } = newest
      const [stdout, stderr] = [bytesBefore(newest, 'stdout'), bytesBefore(newest, 'stderr')]
      const more = stream === 'stdout' ? { stdout: stdout + size, stderr } : { stdout, stderr: stderr + size }
      found.unshift({ attempt, ...more, lines, seq })
      newest = await this.#newestOf(runId, attempt)
    }
    return found
  }

  async at(runId: string, attempt: number, pos: number, stream: StreamName | null): Promise<LogChunk | null> {
    let [low, high] = [0, (await this.newestUpTo(runId, attempt, Number.MAX_SAFE_INTEGER))?.seq ?? 0]
    // The holder, if there is one, is the last chunk that begins at or before the position.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const chunk = await this.newestUpTo(runId, attempt, middle)
      if (chunk === null || bytesBefore(chunk, stream) <= pos) low = middle
      else high = chunk.seq - 1
    }
    const stored = await asked(() => this.#chunks.findOne({ _id: chunkId(runId, attempt, low) }))
    if (stored === null) return null
    const [chunk, numbers] = [readChunk(stored), readNumbers(stored)]
    if (stream !== null && chunk.stream !== stream) return null
    const begin = bytesBefore(numbers, stream)
    return begin <= pos && pos < begin + numbers.size ? chunk : null
  }

  async reaching(runId: string, attempt: number, line: number): Promise<number | null> {
    const newest = await this.newestUpTo(runId, attempt, Number.MAX_SAFE_INTEGER)
    if (newest === null || newest.lines < line) return null
    let [low, high] = [0, newest.seq]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const chunk = await this.newestUpTo(runId, attempt, middle)
      if (chunk !== null && chunk.lines >= line) high = chunk.seq
      else low = middle + 1
    }
    return high
  }

  /** The numbers of the last chunk up to a sequence. */
  async newestUpTo(runId: string, attempt: number, seq: number): Promise<ChunkNumbers | null> {
    const _id = { $gte: attemptPrefix(runId, attempt), $lte: chunkId(runId, attempt, seq) }
    const stored = await asked(() => this.#chunks.findOne({ _id }, { ...withoutBytes, sort: { _id: -1 } }))
    return stored === null ? null : readNumbers(stored)
  }

  async #page(after: string, end: string): Promise<readonly LogChunk[]> {
    const options = { sort: { _id: 1 }, limit: atOnce } as const
    return (await asked(() => this.#chunks.find({ _id: { $gt: after, $lt: end } }, options).toArray())).map(readChunk)
  }

  /** The newest chunk of the run's last attempt, or of the last one before an attempt. */
  async #newestOf(runId: string, before: number | null): Promise<ChunkNumbers | null> {
    const { $gte, $lt } = beginningWith(`${runId}:`)
    const _id = { $gte, $lt: before === null ? $lt : attemptPrefix(runId, before) }
    const stored = await asked(() => this.#chunks.findOne({ _id }, { ...withoutBytes, sort: { _id: -1 } }))
    return stored === null ? null : readNumbers(stored)
  }
}
