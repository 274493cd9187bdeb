import { StringDecoder } from 'node:string_decoder'
import type { LogChunk, StreamName } from '../model/log.ts'
import type { LogCursor, Store } from '../ports/store.ts'

export type { LogCursor } from '../ports/store.ts'

/** Which part of a run's log; null: all attempts, both streams. */
export interface LogSelection {
  readonly attempt: number | null
  readonly stream: StreamName | null
}

/** How many bytes a selection has, at one moment, by attempt and in order. */
export interface LogExtent {
  readonly total: number
  readonly parts: readonly { readonly attempt: number; readonly bytes: number }[]
}

/** Bytes that one read fetches: what a slow reader holds in memory. */
const pageBytes = 256 * 1024

/** The longest incomplete character of UTF-8, in bytes. */
const longestPiece = 3

/** Reads logs in pages, never whole. Who may see the run is decided before. */
export class LogReader {
  readonly #store: Pick<Store, 'logs'>

  constructor(store: Pick<Store, 'logs'>) {
    this.#store = store
  }

  async extent(runId: string, { attempt, stream }: LogSelection): Promise<LogExtent> {
    const sizes = await this.#store.logs.size(runId)
    const parts = sizes
      .filter((one) => attempt === null || one.attempt === attempt)
      .sort((one, other) => one.attempt - other.attempt)
      .map((one) => ({ attempt: one.attempt, bytes: stream === null ? one.stdout + one.stderr : one[stream] }))
    return { total: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts }
  }

  /**
   * The bytes from `from` up to, not including, `to` of an extent; each piece is fetched when it is asked for. Throws where
   * there are fewer than the extent had (a log may be deleted while it is read): who was promised more must not wait for it.
   */
  async *bytes(
    runId: string,
    stream: StreamName | null,
    extent: LogExtent,
    from: number,
    to: number,
  ): AsyncGenerator<Uint8Array> {
    let start = 0
    let left = to - from
    for (const { attempt, bytes } of extent.parts) {
      const [first, last] = [Math.max(from, start) - start, Math.min(to, start + bytes) - start]
      if (first < last)
        for await (const piece of this.#ofAttempt(runId, attempt, stream, first, last)) {
          left -= piece.length
          yield piece
        }
      start += bytes
    }
    if (left > 0) throw new Error(`the log of run ${runId} has ${left} bytes less than it had`)
  }

  async *#ofAttempt(
    runId: string,
    attempt: number,
    stream: StreamName | null,
    from: number,
    to: number,
  ): AsyncGenerator<Uint8Array> {
    const { logs } = this.#store
    const first = from === 0 ? null : await logs.at(runId, attempt, from, stream)
    let seq = first === null ? 0 : first.seq - 1
    for (;;) {
      const chunks = await logs.read(runId, { attempt, seq }, pageBytes, { attempt, stream })
      if (chunks.length === 0) return
      for (const chunk of chunks) {
        const at = stream === null ? chunk.pos : chunk.offset
        const piece = chunk.bytes.subarray(Math.max(0, from - at), Math.max(0, to - at))
        if (piece.length > 0) yield piece
        if (at + chunk.bytes.length >= to) return
        seq = chunk.seq
      }
    }
  }

  /** The chunks after a cursor, a page of them. */
  page(runId: string, after: LogCursor): Promise<readonly LogChunk[]> {
    return this.#store.logs.read(runId, after, pageBytes)
  }

  /**
   * A decoder for a stream that is read from this chunk on. A character that began in the chunk before it was not shown
   * there, so its first bytes are fetched.
   */
  async decoderFor({ run_id, attempt, stream, offset }: LogChunk): Promise<StringDecoder> {
    const decoder = new StringDecoder('utf8')
    if (offset === 0) return decoder
    const from = Math.max(0, offset - longestPiece)
    for await (const piece of this.#ofAttempt(run_id, attempt, stream, from, offset)) decoder.write(Buffer.from(piece))
    return decoder
  }
}
