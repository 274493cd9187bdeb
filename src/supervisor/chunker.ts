import { type StreamName, streams } from '../model/log.ts'
import { incompleteEnd, newlines } from './bytes.ts'

export const chunkLimit = 64 * 1024

/** A piece of one stream, whose lines follow each other. What the numbers mean is said at `LogChunk` in the model. */
export interface Chunk {
  readonly seq: number
  readonly stream: StreamName
  readonly offset: number
  readonly pos: number
  readonly line: number
  readonly cont: boolean
  readonly ts: number
  /** Lent for the time of the call. */
  readonly bytes: Buffer
}

/** Where a stream stands. */
interface StrandState {
  /** Bytes handed on. */
  offset: number
  /** The number of the line that its last byte belongs to, while that has not ended. */
  open: number | null
}

/** And what of it is not handed on yet. */
interface Strand extends StrandState {
  /** What waits; a view of lent bytes until `#own` copies it. */
  waiting: Buffer
  lent: boolean
  store: Buffer
  line: number
  last: number
  cont: boolean
  ts: number
}

/** What a chunker must know to go on where another ended. */
export interface ChunkerState {
  readonly seq: number
  readonly pos: number
  /** Numbers given to lines so far. */
  readonly lines: number
  readonly stdout: Readonly<StrandState>
  readonly stderr: Readonly<StrandState>
}

const atTheBeginning: ChunkerState = {
  seq: 0,
  pos: 0,
  lines: 0,
  stdout: { offset: 0, open: null },
  stderr: { offset: 0, open: null },
}

const nothing = Buffer.alloc(0)
const strand = (): Strand => ({
  offset: 0,
  open: null,
  waiting: nothing,
  lent: false,
  store: nothing,
  line: 0,
  last: 0,
  cont: false,
  ts: 0,
})

/**
 * Numbers the lines of both streams of an attempt together, each when its first byte is read, and cuts what it read into
 * chunks in which the lines follow each other. Knows no time of its own: the caller says when to flush.
 */
export class Chunker {
  readonly #emit: (chunk: Chunk) => boolean
  readonly #strands: Readonly<Record<StreamName, Strand>> = { stdout: strand(), stderr: strand() }
  #lines: number
  #seq: number
  #pos: number

  /**
   * @param emit keeps the chunk; false if it could not: then its bytes are as if never read, but for their line numbers
   * @param from where an earlier chunker of the attempt ended
   */
  constructor(emit: (chunk: Chunk) => boolean, from: ChunkerState = atTheBeginning) {
    this.#emit = emit
    this.#lines = from.lines
    this.#seq = from.seq
    this.#pos = from.pos
    for (const stream of streams) Object.assign(this.#strands[stream], from[stream])
  }

  /** The last sequence handed on. */
  get seq(): number {
    return this.#seq
  }

  /** Bytes of both streams handed on. */
  get pos(): number {
    return this.#pos
  }

  get isWaiting(): boolean {
    return this.#strands.stdout.waiting.length > 0 || this.#strands.stderr.waiting.length > 0
  }

  /** @param bytes lent: copied where they must wait  @param now ms since the epoch  @param flush hand on at once */
  push(stream: StreamName, bytes: Buffer, now: number, flush: boolean): void {
    const into = this.#strands[stream]
    let rest = bytes
    while (rest.length > 0) rest = this.#take(stream, into, rest, now)
    if (flush) this.#flush(stream, into, false)
    own(into)
  }

  /** Hands on what waits. @param ended no more will come: an incomplete character is handed on, too */
  flush(ended: boolean): void {
    for (const stream of streams) {
      this.#flush(stream, this.#strands[stream], ended)
      own(this.#strands[stream])
    }
  }

  /** A line of our own at the end of stderr, after `flush(true)`. Lines that were cut end first: it stands alone in both. */
  note(text: string, now: number): void {
    for (const stream of streams)
      if (this.#strands[stream].open !== null) this.push(stream, Buffer.from('\n'), now, true)
    this.push('stderr', Buffer.from(`${text}\n`), now, true)
  }

  /** @returns what is left for the next chunk. */
  #take(stream: StreamName, into: Strand, bytes: Buffer, now: number): Buffer {
    const next = this.#lines + 1
    if (into.waiting.length > 0 && into.open === null && into.last + 1 !== next) this.#flush(stream, into, true)
    if (into.waiting.length === 0) begin(into, into.open ?? next, into.open !== null, now)
    // The line goes on, and another stream has the number after it: the chunk must end with this line.
    const alone = into.open !== null && into.open + 1 !== next
    const ending = alone ? bytes.indexOf(10) + 1 : 0
    const wanted = ending > 0 ? ending : bytes.length
    const taken = bytes.subarray(0, Math.min(wanted, chunkLimit - into.waiting.length))
    this.#number(into, taken)
    append(into, taken)
    const full = into.waiting.length >= chunkLimit
    if (full || (ending > 0 && ending === taken.length)) this.#flush(stream, into, false)
    return bytes.subarray(taken.length)
  }

  #number(into: Strand, taken: Buffer): void {
    const ended = newlines(taken)
    const unfinished = taken[taken.length - 1] === 10 ? 0 : 1
    const begun = ended + unfinished - (into.open === null ? 0 : 1)
    into.last = begun > 0 ? this.#lines + begun : (into.open ?? into.last)
    this.#lines += begun
    into.open = unfinished === 1 ? into.last : null
  }

  #flush(stream: StreamName, from: Strand, ended: boolean): void {
    const held = ended ? 0 : incompleteEnd(from.waiting)
    const length = from.waiting.length - held
    if (length === 0) return
    const { offset, line, cont, ts } = from
    const bytes = from.waiting.subarray(0, length)
    const chunk = { seq: this.#seq + 1, stream, offset, pos: this.#pos, line, cont, ts, bytes }
    if (this.#emit(chunk)) {
      this.#seq += 1
      this.#pos += length
      from.offset += length
    }
    const cutInside = bytes[length - 1] !== 10
    from.waiting = from.waiting.subarray(length)
    if (held > 0) begin(from, from.last, cutInside, ts)
  }
}

function begin(into: Strand, line: number, cont: boolean, ts: number): void {
  into.line = line
  into.cont = cont
  into.ts = ts
}

function append(into: Strand, taken: Buffer): void {
  if (into.waiting.length === 0) {
    into.waiting = taken
    into.lent = true
    return
  }
  own(into)
  const begun = into.waiting.byteOffset - into.store.byteOffset
  const length = into.waiting.length + taken.length
  if (begun + length > into.store.length) {
    const larger = Buffer.allocUnsafeSlow(Math.min(chunkLimit, Math.max(1024, length * 2)))
    into.waiting.copy(larger)
    into.store = larger
    into.waiting = larger.subarray(0, into.waiting.length)
  }
  const at = into.waiting.byteOffset - into.store.byteOffset
  taken.copy(into.store, at + into.waiting.length)
  into.waiting = into.store.subarray(at, at + length)
}

/** Copies lent bytes that must wait, and lets go of the store when nothing waits. */
function own(into: Strand): void {
  if (into.waiting.length === 0) {
    into.waiting = nothing
    into.store = nothing
    into.lent = false
  } else if (into.lent) {
    into.store = Buffer.allocUnsafeSlow(Math.max(64, into.waiting.length))
    into.waiting.copy(into.store)
    into.waiting = into.store.subarray(0, into.waiting.length)
    into.lent = false
  }
}
