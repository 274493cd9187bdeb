import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogChunks, LogCursor, LogSize } from '../../ports/log-store.ts'
import { asked } from './gate.ts'
import { attemptPrefix, blockId, bytesBefore, type ChunkNumbers, chunkId, chunksIn, numbersIn } from './log-document.ts'
import { beginningWith, type Documents, type Stored } from './stored.ts'

type Only = NonNullable<Parameters<LogChunks['read']>[3]>

/** Documents that are read in one go: the first time, when nobody knows yet how large they are, and at most. */
const [atFirst, atMost] = [8, 500]

const withoutBytes = { projection: { bytes: 0 } } as const

/**
 * Reads of chunks, which lie alone or, when their run has ended, many to a block. Their ids are in the order of the log, so each
 * question is a look at a place in that one order, or a bisection over the sequence: nothing is scanned. While a block takes
 * the place of its chunks, or a crash cut that off, both are there, or some of the chunks: each is read once.
 */
export class MongoChunks implements LogChunks {
  readonly #chunks: Documents

  constructor(chunks: Documents) {
    this.#chunks = chunks
  }

  async read(runId: string, after: LogCursor, bytes: number, only: Only = {}): Promise<readonly LogChunk[]> {
    const found: LogChunk[] = []
    const most = only.chunks ?? Number.POSITIVE_INFINITY
    let left = bytes
    if (most <= 0) return found
    for await (const chunk of this.#after(runId, after, only.attempt ?? null, bytes)) {
      if (only.stream && chunk.stream !== only.stream) continue
      found.push(chunk)
      left -= chunk.bytes.length
      if (left <= 0 || found.length >= most) break
    }
    return found
  }

  async last(runId: string, attempt: number): Promise<LogChunk | null> {
    const newest = await this.#newest(
      attemptPrefix(runId, attempt),
      beginningWith(attemptPrefix(runId, attempt)).$lt,
      {},
    )
    return newest === null ? null : ((await chunksIn(newest)).at(-1) ?? null)
  }

  async size(runId: string): Promise<readonly LogSize[]> {
    const found: LogSize[] = []
    const { $gte, $lt } = beginningWith(`${runId}:`)
    for (let newest = await this.#newest($gte, $lt, withoutBytes); newest !== null; ) {
      const chunk = numbersIn(newest).at(-1)
      if (chunk === undefined) break
      const { attempt, stream, lines, size, seq } = chunk
      const [stdout, stderr] = [bytesBefore(chunk, 'stdout'), bytesBefore(chunk, 'stderr')]
      const more = stream === 'stdout' ? { stdout: stdout + size, stderr } : { stdout, stderr: stderr + size }
      found.unshift({ attempt, ...more, lines, seq })
      newest = await this.#newest($gte, attemptPrefix(runId, attempt), withoutBytes)
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
    const holder = await this.newestUpTo(runId, attempt, low)
    if (holder === null || (stream !== null && holder.stream !== stream)) return null
    const begin = bytesBefore(holder, stream)
    if (pos < begin || pos >= begin + holder.size) return null
    const stored = await this.#holding(runId, attempt, holder.seq, {})
    return (stored && (await chunksIn(stored)).find(({ seq }) => seq === holder.seq)) ?? null
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
    const holder = await this.#holding(runId, attempt, seq, withoutBytes)
    const stored =
      holder ?? (await this.#newest(attemptPrefix(runId, attempt), blockId(runId, attempt, seq), withoutBytes))
    return stored === null ? null : (numbersIn(stored).findLast((chunk) => chunk.seq <= seq) ?? null)
  }

  /** The document that has a chunk. */
  async #holding(runId: string, attempt: number, seq: number, options: object): Promise<Stored | null> {
    const { $lt } = beginningWith(attemptPrefix(runId, attempt))
    const _id = { $gte: chunkId(runId, attempt, seq), $lt }
    const next = await asked(() => this.#chunks.findOne({ _id }, { ...options, sort: { _id: 1 } }))
    if (next === null || (numbersIn(next)[0]?.seq ?? seq) <= seq) return next
    // A chunk beyond it comes first: one of those that a block has taken the place of, and that are not all removed.
    return asked(() => this.#chunks.findOne({ _id, first: { $lte: seq } }, { ...options, sort: { _id: 1 } }))
  }

  /** The last document from one id up to, not including, another. */
  #newest(from: string, before: string, options: object): Promise<Stored | null> {
    return asked(() => this.#chunks.findOne({ _id: { $gte: from, $lt: before } }, { ...options, sort: { _id: -1 } }))
  }

  /** All chunks after a place, in sequence, each once. */
  async *#after(runId: string, after: LogCursor, only: number | null, bytes: number): AsyncGenerator<LogChunk> {
    const end = beginningWith(only === null ? `${runId}:` : attemptPrefix(runId, only)).$lt
    let place: LogCursor = only !== null && only > after.attempt ? { attempt: only, seq: -1 } : after
    let [limit, left] = [atFirst, bytes]
    for (;;) {
      const [page, before] = [await this.#page(blockId(runId, place.attempt, place.seq), end, limit), left]
      for (const document of page)
        for (const chunk of await this.#withEarlier(runId, place, document)) {
          if (chunk.attempt < place.attempt || (chunk.attempt === place.attempt && chunk.seq <= place.seq)) continue
          place = chunk
          left -= chunk.bytes.length
          yield chunk
        }
      if (page.length < limit) return
      // As many as what is left is likely to be in: output that came in drops makes documents of a byte.
      const size = Math.max(1, (before - left) / page.length)
      limit = Math.min(atMost, Math.max(atFirst, Math.ceil(left / size)))
    }
  }

  /** A document's chunks; where some before them are in a block that comes later, those of the block. */
  async #withEarlier(runId: string, place: LogCursor, document: Stored): Promise<readonly LogChunk[]> {
    const [first] = numbersIn(document)
    if (first === undefined) return []
    const expected = first.attempt === place.attempt ? Math.max(1, place.seq + 1) : 1
    const block = first.seq <= expected ? null : await this.#holding(runId, first.attempt, expected, {})
    return chunksIn(block ?? document)
  }

  #page(after: string, end: string, limit: number): Promise<readonly Stored[]> {
    const options = { sort: { _id: 1 }, limit } as const
    return asked(() => this.#chunks.find({ _id: { $gt: after, $lt: end } }, options).toArray())
  }
}
