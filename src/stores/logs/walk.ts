import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogChunks, LogName, WalkState } from '../../ports/log-store.ts'
import { follow } from './follow.ts'

/** Bytes that one read fetches, and how many chunks at most. */
const [pageBytes, pageChunks] = [256 * 1024, 512]
/** After so many chunks in a row without a line for us, where the next one begins is looked up. */
const patience = 2
/** With so many chunks at hand no more are read for the sake of a line that goes on: it is looked up where it does. */
const lookAhead = 16
/** A piece of a line has at most so many chunks: more than a line that is cut has bytes. */
const mostParts = 20_000

const lineFeed = 10

/** Lines of one stream that follow each other, in one piece; or a piece of a line that is too long for that. */
export interface Block {
  readonly stream: StreamName
  /** When the first byte of the chunk that they begin in was read. ms */
  readonly ts: number
  /** The number of the first. */
  readonly line: number
  /** Each line with its line feed; the last one has none where the log ends, or goes on elsewhere. */
  readonly bytes: Buffer
  /** An earlier piece of the line came before. */
  readonly goesOn: boolean
  /** The line is longer. */
  readonly more: boolean
}

export interface WalkBounds {
  /** The last chunk to look at. */
  readonly upTo: number
  /** A line that is longer, in bytes, comes in pieces of about this length... */
  readonly piece: number
  /** ...or with its first one only. */
  readonly firstOnly: boolean
}

/**
 * Walks through the lines of an attempt's log in the order of their numbers, each one whole, however the streams lie
 * across each other in the chunks: a line that its chunk does not end is followed in its stream at once, and passed over
 * later. A chunk whose lines have lower numbers may come after one with higher ones (it waited to be
 * flushed): it is fetched first. Between any two blocks the walk can be left, and taken up again from its state.
 */
export class LogWalk {
  readonly #chunks: LogChunks
  readonly #log: LogName
  readonly #bounds: WalkBounds
  #seq: number
  #line: number
  #rest: WalkState['rest']
  /** Chunks that were read, and the first of them that comes next. */
  #ahead: readonly LogChunk[] = []
  #at = 0

  constructor(chunks: LogChunks, log: LogName, bounds: WalkBounds, from: WalkState) {
    this.#chunks = chunks
    this.#log = log
    this.#bounds = bounds
    this.#seq = from.seq
    this.#line = from.line
    this.#rest = from.rest
  }

  get state(): WalkState {
    return { seq: this.#seq, line: this.#line, rest: this.#rest }
  }

  async *blocks(): AsyncGenerator<Block> {
    if (this.#rest !== null) yield* this.#longLine(Buffer.alloc(0), { ...this.#rest, goesOn: true })
    let idle = 0
    for (let chunk = await this.#next(); chunk !== null; chunk = await this.#next()) {
      const before = this.#line
      yield* this.#linesOf(chunk, true)
      this.#seq = chunk.seq
      idle = this.#line === before ? idle + 1 : 0
      if (idle >= patience) {
        await this.#jump()
        idle = 0
      }
    }
    this.#seq = this.#bounds.upTo
  }

  /** The next chunk in sequence. */
  async #next(): Promise<LogChunk | null> {
    if (this.#at >= this.#ahead.length) await this.#readOn()
    const chunk = this.#ahead[this.#at]
    this.#at += 1
    return chunk === undefined || chunk.seq > this.#bounds.upTo ? null : chunk
  }

  /** Reads the chunks that follow those at hand. */
  async #readOn(): Promise<void> {
    const { run_id, attempt } = this.#log
    const left = this.#ahead.slice(this.#at)
    const seq = left.at(-1)?.seq ?? this.#seq
    const more =
      seq >= this.#bounds.upTo
        ? []
        : await this.#chunks.read(run_id, { attempt, seq }, pageBytes, { attempt, chunks: pageChunks })
    this.#ahead = left.concat(more)
    this.#at = 0
  }

  /** Goes to where the next line begins: what lies between belongs to lines that were given, or are not wanted. */
  async #jump(): Promise<void> {
    const { run_id, attempt } = this.#log
    const to = (await this.#chunks.reaching(run_id, attempt, this.#line)) ?? this.#bounds.upTo + 1
    if (to <= this.#seq + 1) return
    this.#seq = Math.min(to - 1, this.#bounds.upTo)
    this.#ahead = []
    this.#at = 0
  }

  /** @param fetchEarlier whether lines before those of the chunk may lie elsewhere */
  async *#linesOf(chunk: LogChunk, fetchEarlier: boolean): AsyncGenerator<Block> {
    const { stream, ts } = chunk
    const bytes = asBuffer(chunk.bytes)
    // A line that was begun before was given when it began; others are told by their numbers.
    let [at, line] = chunk.cont ? [afterLine(bytes, 0), chunk.line + 1] : [0, chunk.line]
    for (; line < this.#line && at < bytes.length; line += 1) at = afterLine(bytes, at)
    if (at >= bytes.length) return
    if (line > this.#line && fetchEarlier) yield* this.#earlier(chunk, line)
    this.#line = line
    const whole = bytes.lastIndexOf(lineFeed) + 1
    if (whole > at) {
      const lines = bytes.subarray(at, whole)
      this.#line = line + lineFeeds(lines)
      yield { stream, ts, line, bytes: lines, goesOn: false, more: false }
      at = whole
    }
    if (at < bytes.length)
      yield* this.#longLine(bytes.subarray(at), { stream, ts, offset: chunk.offset + bytes.length, goesOn: false })
  }

  /** The lines up to `line` that the other stream has in later chunks. */
  async *#earlier({ stream, pos, offset }: LogChunk, line: number): AsyncGenerator<Block> {
    const other: StreamName = stream === 'stdout' ? 'stderr' : 'stdout'
    let from = pos - offset
    while (this.#line < line) {
      const chunk = await this.#holding(other, from)
      if (chunk === null || chunk.line + (chunk.cont ? 1 : 0) >= line) return
      yield* this.#linesOf(chunk, false)
      from = chunk.offset + chunk.bytes.length
    }
  }

  /** A line that goes on in its stream at `offset` after these bytes: whole, or in pieces. */
  async *#longLine(
    begun: Buffer,
    of: { readonly stream: StreamName; readonly ts: number; readonly offset: number; readonly goesOn: boolean },
  ): AsyncGenerator<Block> {
    const { stream, ts } = of
    const { piece, firstOnly } = this.#bounds
    let { offset, goesOn } = of
    let parts = [begun]
    let length = begun.length
    const take = (more: boolean): Block => {
      const block = { stream, ts, line: this.#line, bytes: Buffer.concat(parts), goesOn, more }
      const isOver = !more || firstOnly
      this.#rest = isOver ? null : { stream, offset, ts }
      if (isOver) this.#line += 1
      parts = []
      length = 0
      goesOn = true
      return block
    }
    const rest = await this.#following(stream, offset)
    for (;;) {
      if (length >= piece || parts.length >= mostParts) {
        yield take(true)
        if (firstOnly) return
      }
      const next = await rest.next()
      // The line stands open: a line that is whole ended below.
      if (next.done) break
      const bytes = asBuffer(next.value.bytes).subarray(offset - next.value.offset)
      const end = bytes.indexOf(lineFeed) + 1
      const part = end === 0 ? bytes : bytes.subarray(0, end)
      parts.push(part)
      length += part.length
      offset += part.length
      if (end > 0) break
    }
    yield take(false)
  }

  /** The chunks that a line goes on in: mostly they are the next ones, or close to them. */
  async #following(stream: StreamName, offset: number): Promise<AsyncGenerator<LogChunk>> {
    const isKnown = this.#ahead.some(
      (chunk, n) => n >= this.#at && chunk.stream === stream && offset < chunk.offset + chunk.bytes.length,
    )
    if (!isKnown && this.#ahead.length - this.#at < lookAhead) await this.#readOn()
    const { upTo } = this.#bounds
    return follow(this.#chunks, this.#log, this.#ahead.slice(this.#at), { stream, offset, upTo })
  }

  /** The chunk that holds this byte of a stream. */
  async #holding(stream: StreamName, offset: number): Promise<LogChunk | null> {
    const { run_id, attempt } = this.#log
    const chunk = await this.#chunks.at(run_id, attempt, offset, stream)
    return chunk === null || chunk.seq > this.#bounds.upTo ? null : chunk
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

/** Where the line ends that goes on at `at`. */
function afterLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(lineFeed, at)
  return end === -1 ? bytes.length : end + 1
}

function lineFeeds(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1
  return count
}
