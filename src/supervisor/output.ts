import { keptTail, type StreamName } from '../model/log.ts'
import { OutputMatcher } from '../model/matcher.ts'
import { type Chunk, Chunker, chunkLimit } from './chunker.ts'
import type { EndNote, Start } from './messages.ts'
import { type Frame, readFrames, SpoolWriter } from './spool.ts'
import { Tail } from './tail.ts'

/** Nothing waits longer than this for its chunk; ms. */
const flushWithin = 100

export type OutputFacts = Pick<EndNote, 'seen' | 'stdout' | 'stderr' | 'last_seq' | 'bytes' | 'dropped'>

/** What an attempt writes: matched, numbered, cut into chunks and spooled as it is read; the newest of each stream kept. */
export class Output {
  readonly #spool: SpoolWriter
  readonly #limit: number
  readonly #tell: (frame: Frame) => void
  readonly #matcher: OutputMatcher
  readonly #tails = { stdout: new Tail(keptTail), stderr: new Tail(keptTail) }
  readonly #chunker = new Chunker((chunk) => this.#keep(chunk))
  #bytes = 0
  /** Given to the chunker, of at most `#limit`. */
  #accepted = 0
  #isLimitSaid = false
  /** Why the spool took no more, and how much it did not take. */
  #failure: string | null = null
  #unspooled = 0
  #acked = { seq: 0, pos: 0, next: 0 }
  #flushedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null

  /** @param tell is called for each chunk once its bytes are in the file */
  constructor(order: Pick<Start, 'log_limit' | 'needles'>, path: string, tell: (frame: Frame) => void) {
    this.#spool = new SpoolWriter(path)
    this.#limit = order.log_limit
    this.#tell = tell
    this.#matcher = new OutputMatcher({ exit_codes: [], ...order.needles })
  }

  get ackedSeq(): number {
    return this.#acked.seq
  }

  /** Bytes that lie in the spool and are not stored elsewhere yet. */
  get unacked(): number {
    return this.#chunker.pos - this.#acked.pos
  }

  /** @param bytes lent for the time of the call */
  push(stream: StreamName, bytes: Buffer): void {
    this.#bytes += bytes.length
    this.#matcher[stream].push(bytes)
    this.#tails[stream].push(bytes)
    const room = this.#limit - this.#accepted
    if (room > 0) this.#accept(stream, bytes.subarray(0, room))
    if (bytes.length > room) this.#sayLimit()
  }

  #accept(stream: StreamName, bytes: Buffer): void {
    this.#accepted += bytes.length
    const due = performance.now() - this.#flushedAt >= flushWithin
    this.#chunker.push(stream, bytes, Date.now(), due || bytes.length >= chunkLimit)
    if (this.#chunker.isWaiting) this.#timer ??= setTimeout(() => this.#flush(), flushWithin)
  }

  /** Said when it happens, for who watches: how much is dropped is known at the end. */
  #sayLimit(): void {
    if (this.#isLimitSaid) return
    this.#isLimitSaid = true
    this.#chunker.flush(true)
    this.#chunker.note(`[hydra] the log limit of ${this.#limit} bytes is reached: what follows is not kept`, Date.now())
  }

  /** Nothing more comes. */
  finish(): OutputFacts {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#chunker.flush(true)
    const dropped = this.#bytes - this.#accepted + this.#unspooled
    if (dropped > 0) this.#chunker.note(this.#whatWasDropped(dropped), Date.now())
    this.#spool.close()
    return {
      seen: this.#matcher.sightings,
      stdout: this.#tails.stdout.take(),
      stderr: this.#tails.stderr.take(),
      last_seq: this.#chunker.seq,
      bytes: this.#bytes,
      dropped,
    }
  }

  /** All up to this sequence is stored elsewhere. */
  ack(seq: number): void {
    if (seq <= this.#acked.seq) return
    for (const frame of readFrames(this.#spool.path, this.#acked.next)) {
      if (frame.seq > seq) break
      this.#acked = { seq: frame.seq, pos: frame.pos + frame.length, next: frame.at + frame.length }
    }
  }

  /** The chunks after this sequence, from the file. */
  *after(seq: number): Generator<Frame> {
    const from = seq >= this.#acked.seq ? this.#acked.next : 0
    for (const frame of readFrames(this.#spool.path, from)) if (frame.seq > seq) yield frame
  }

  #flush(): void {
    this.#timer = null
    this.#chunker.flush(false)
  }

  #keep(chunk: Chunk): boolean {
    try {
      const at = this.#spool.append(chunk)
      this.#flushedAt = performance.now()
      const { bytes, ...numbers } = chunk
      this.#tell({ ...numbers, at, length: bytes.length })
      return true
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error)
      this.#unspooled += chunk.bytes.length
      return false
    }
  }

  #whatWasDropped(bytes: number): string {
    const why = this.#failure === null ? `the log limit is ${this.#limit} bytes` : this.#failure
    return `[hydra] ${bytes} bytes of output were dropped: ${why}`
  }
}
