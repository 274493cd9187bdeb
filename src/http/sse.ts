import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { HydraError } from '../model/errors.ts'
import type { Log } from '../runtime/log.ts'
import { Audiences, type Place } from './audience.ts'

/** A comment this often keeps proxies from closing a silent stream. ms. */
const beat = 15_000

/** A stream without news looks again this often: news of another scheduler may not have reached this one. ms. */
const lookAgain = 5000

/** While the store does not answer a stream waits so long between two tries. ms */
const tryAgain = 1000

/** A client that took nothing for this long is gone, or as good as: it comes back with its last id. ms. */
const patience = 60_000

/** Whether the tokens of open streams still hold is looked at this often: another scheduler may have ended one. ms */
const lookAtTokens = 400

/** What a stream reads. A source holds no more than one page: the next is pulled when the socket took the last. */
export interface Source {
  /** Whether who reads it still may: asked before each pull, and again and again between. */
  isAllowed(): Promise<boolean>
  /** The next events, as frames. `more`: there are others already; `wait`: none; `end`: the stream is over after these. */
  pull(): Promise<{ readonly frames: readonly string[]; readonly next: 'more' | 'wait' | 'end' }>
  /** Calls back when there may be more; returns how to stop. */
  watch(wake: () => void): () => void
}

/** One event of a stream (WHATWG, Server-sent events). `data` must be JSON: it has no line feed. */
export const frame = (event: string, id: string | null, data: unknown): string =>
  `event: ${event}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/** All open streams, so that the server can end them before it closes. */
export class Streams {
  readonly #open = new Map<Stream, Source>()
  readonly #audiences = new Audiences()
  readonly #log: Log
  #guard: NodeJS.Timeout | null = null

  constructor(log: Log) {
    this.#log = log
  }

  get size(): number {
    return this.#open.size
  }

  /**
   * Answers with a stream that shows what the source has, until it ends, the client goes, or the server closes.
   * @param domain whose stream it is; null: the admin's
   * @throws TOO_MANY where it has too many open
   */
  start(reply: FastifyReply, domain: string | null, source: Source): void {
    const place = this.#audiences.enter(domain)
    reply.hijack()
    // It is answered, as far as its domain's turns go.
    reply.request.leave?.()
    const stream = new Stream(reply)
    this.#open.set(stream, source)
    this.#guard ??= setInterval(() => this.#endForbidden(), lookAtTokens).unref()
    stream
      .show(source, place)
      .catch((error: unknown) => this.#log.warn('an event stream was cut off', { error }))
      .finally(() => {
        stream.end()
        this.#open.delete(stream)
        place.leave()
        if (this.#open.size === 0) this.#rest()
      })
  }

  /** Ends every stream. */
  closeAll(): void {
    for (const stream of this.#open.keys()) stream.end()
  }

  #endForbidden(): void {
    for (const [stream, source] of this.#open)
      source.isAllowed().then(
        (allowed) => allowed || stream.end(),
        // The store does not answer: the next look, or the next pull, will tell.
        () => {},
      )
  }

  #rest(): void {
    if (this.#guard) clearInterval(this.#guard)
    this.#guard = null
  }
}

/** One open stream. Bounded: at most one page of its source lies in the socket's buffer. */
class Stream {
  readonly #raw: ServerResponse
  readonly #beat: NodeJS.Timeout
  #isOpen = true
  #wake: () => void = () => {}

  constructor(reply: FastifyReply) {
    this.#raw = reply.raw
    // The reply's own headers (CORS, security) are not written for a hijacked reply unless this does it.
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) this.#raw.setHeader(name, value)
    this.#raw.writeHead(200, streamHeaders)
    this.#raw.write(': ready\n\n')
    this.#raw.on('close', () => this.end())
    this.#raw.on('error', () => this.end())
    this.#beat = setInterval(() => this.#keepAlive(), beat)
    this.#beat.unref()
  }

  async show(source: Source, place: Place): Promise<void> {
    const stop = source.watch(() => this.#wake())
    try {
      while (this.#isOpen) {
        // Armed before the pull: news that comes while it reads is not missed.
        const news = this.#news()
        const pulled = await unlessAway(async () => ((await source.isAllowed()) ? source.pull() : null))
        if (pulled === 'away') {
          await new Promise((resolve) => setTimeout(resolve, tryAgain).unref())
          continue
        }
        if (pulled === null) return
        const { frames, next } = pulled
        if (frames.length > 0) await this.#write(frames.join(''))
        if (next === 'end') return
        if (frames.length > 0) await place.pause()
        if (next === 'wait' && this.#isOpen) await news
      }
    } finally {
      this.#wake()
      stop()
    }
  }

  end(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    clearInterval(this.#beat)
    this.#wake()
    this.#raw.end()
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookAgain)
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Resolves when the socket has room again, or is gone. */
  async #write(text: string): Promise<void> {
    if (!this.#isOpen || this.#raw.write(text)) return
    const socket = this.#raw
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      const timer = setTimeout(() => {
        socket.destroy()
        done()
      }, patience)
      timer.unref()
      socket.on('drain', done)
      socket.on('close', done)
    })
  }

  #keepAlive(): void {
    if (!this.#raw.writableNeedDrain) this.#raw.write(': alive\n\n')
  }
}

/** A store that does not answer ends no stream: nothing is sent that its reader may no longer see, and nothing is lost. */
async function unlessAway<T>(pull: () => Promise<T>): Promise<T | 'away'> {
  try {
    return await pull()
  } catch (error) {
    if (error instanceof HydraError && error.code === 'UNAVAILABLE') return 'away'
    throw error
  }
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx holds back what it buffers.
  'x-accel-buffering': 'no',
}
