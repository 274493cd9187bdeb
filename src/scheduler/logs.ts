import { StringDecoder } from 'node:string_decoder'
import { HydraError, notFound } from '../model/errors.ts'
import type { LogChunk, LogLine, LogQuery, StreamName } from '../model/log.ts'
import { isFinal, type Run } from '../model/run.ts'
import { type LogCursor, type LogName, readsAtOnce } from '../ports/log-store.ts'
import type { Store } from '../ports/store.ts'
import { FairTurns, type Seat } from './fair-turns.ts'
import { type Among, type Found, hitsOfRuns, type RunHit, searchRun, type Wanted } from './log-search.ts'
import { type Scope, sees } from './scope.ts'

export type { LogCursor } from '../ports/log-store.ts'
export type { RunHit } from './log-search.ts'

/** Which part of a run's log; null: all attempts, both streams. */
export interface LogSelection {
  readonly attempt: number | null
  readonly stream: StreamName | null
}

/** How many bytes a selection has, at one moment, by attempt and in order. */
export interface LogExtent {
  readonly run_id: string
  readonly stream: StreamName | null
  readonly total: number
  readonly parts: readonly { readonly attempt: number; readonly bytes: number }[]
}

/** A page of an attempt's lines. */
export interface LinesPage {
  readonly attempt: number
  readonly total: number
  /** No more will come. */
  readonly complete: boolean
  /** The newest chunk that the lines are from. */
  readonly seq: number
  readonly lines: readonly LogLine[]
}

/** What a search found on its way through an attempt's log. */
export interface HitsPage extends Found {
  readonly attempt: number
  readonly complete: boolean
}

/** Bytes that one read of chunks fetches, and how many chunks at most. */
const [pageBytes, pageChunks] = [256 * 1024, 1000]
/** The longest incomplete character of UTF-8, in bytes. */
const longestPiece = 3
/** Requests of one domain that read logs at the same time. */
const seats = 64

/** Logs: read in pages, never whole, and searched in slices. What reads much takes turns by domain. */
export class Logs {
  readonly #store: Pick<Store, 'logs' | 'runs'>
  readonly #turns = new FairTurns({ atOnce: readsAtOnce, perParty: readsAtOnce - 1, seats, what: 'reads of logs' })

  constructor(store: Pick<Store, 'logs' | 'runs'>) {
    this.#store = store
  }

  /** Requests that read logs at this moment. */
  get reading(): number {
    return this.#turns.seated
  }

  /** Lines by number, of the newest attempt if none is named. @throws NOT_FOUND; TOO_MANY */
  async lines(
    scope: Scope,
    runId: string,
    { attempt, from, count }: { readonly attempt: number | null; readonly from: number; readonly count: number },
  ): Promise<LinesPage> {
    // The state is read before the chunks: of an attempt that is over then, every chunk is stored.
    const run = await this.#run(scope, runId)
    const name = nameOf(run, attempt)
    const { lines, total, seq } = await this.#seated(scope, (seat) =>
      seat.turn(() => this.#store.logs.lines(name, from, count)),
    )
    return { attempt: name.attempt, total, complete: isOver(run, name.attempt), seq, lines }
  }

  /** Matching lines, of the newest attempt if none is named. @throws NOT_FOUND; TOO_MANY; INVALID */
  async search(
    scope: Scope,
    runId: string,
    query: LogQuery,
    { attempt, ...wanted }: { readonly attempt: number | null } & Omit<Wanted, 'ms'>,
    signal: AbortSignal,
  ): Promise<HitsPage> {
    const run = await this.#run(scope, runId)
    const name = nameOf(run, attempt)
    const found = await this.#seated(scope, (seat) =>
      searchRun(this.#store.logs, seat, name, query, { ...wanted, ms: searchBudget }, signal),
    )
    return { attempt: name.attempt, complete: isOver(run, name.attempt), ...found }
  }

  /**
   * Matching lines of many runs, newest run first, newest attempt first.
   * @param signal ends the work  @throws TOO_MANY; INVALID: both before the first page
   */
  async searchRuns(
    scope: Scope,
    query: LogQuery,
    among: Among,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<readonly RunHit[]>> {
    const seat = this.#seat(scope, signal)
    try {
      // Of a log that is not there only the expression is looked at.
      const nothing = { ms: 0, hits: 0, text: 0, enough: true }
      await seat.turn(() => this.#store.logs.search({ run_id: '', attempt: 0 }, query, 1, nothing))
    } catch (error) {
      seat.leave()
      throw error
    }
    return hitsOfRuns(this.#store, seat, scope.domain, query, among, signal)
  }

  async extent(runId: string, { attempt, stream }: LogSelection): Promise<LogExtent> {
    const sizes = await this.#store.logs.size(runId)
    const parts = sizes
      .filter((one) => attempt === null || one.attempt === attempt)
      .sort((one, other) => one.attempt - other.attempt)
      .map((one) => ({ attempt: one.attempt, bytes: stream === null ? one.stdout + one.stderr : one[stream] }))
    return { run_id: runId, stream, total: parts.reduce((sum, { bytes }) => sum + bytes, 0), parts }
  }

  /**
   * The bytes from `from` up to, not including, `to` of an extent; each page is fetched when it is asked for.
   * @param signal ends the work  @throws TOO_MANY at once; later when the log is no longer as long as its extent
   */
  bytes(
    scope: Scope,
    extent: LogExtent,
    { from, to }: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    return this.#bytes(this.#seat(scope, signal), extent, from, to, signal)
  }

  async *#bytes(
    seat: Seat,
    { run_id, stream, parts }: LogExtent,
    from: number,
    to: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    try {
      let start = 0
      for (const { attempt, bytes } of parts) {
        const last = Math.min(to, start + bytes) - start
        const fetched = (at: number): Promise<Uint8Array> => {
          signal.throwIfAborted()
          return seat.turn(() => this.#store.logs.bytes({ run_id, attempt }, stream, at, last))
        }
        let at = Math.max(from, start) - start
        for (let next = at < last ? fetched(at) : null; next !== null; ) {
          const page = await next
          if (page.length === 0) throw becameShorter(run_id)
          at += page.length
          // The next page is read while the socket takes this one. Nobody may be left to hear of its failure.
          next = at < last ? fetched(at) : null
          next?.catch(() => {})
          yield page
        }
        start += bytes
      }
    } finally {
      seat.leave()
    }
  }

  /** The chunks after a cursor, a page of them. */
  page(runId: string, after: LogCursor): Promise<readonly LogChunk[]> {
    return this.#store.logs.read(runId, after, pageBytes, { chunks: pageChunks })
  }

  /**
   * A decoder for a stream that is read from this chunk on. A character that began in the chunk before it was not shown
   * there, so its first bytes are fetched.
   */
  async decoderFor({ run_id, attempt, stream, offset }: LogChunk): Promise<StringDecoder> {
    const decoder = new StringDecoder('utf8')
    for (let at = Math.max(0, offset - longestPiece); at < offset; ) {
      const chunk = await this.#store.logs.at(run_id, attempt, at, stream)
      if (chunk === null) break
      const bytes = chunk.bytes.subarray(at - chunk.offset, offset - chunk.offset)
      decoder.write(Buffer.from(bytes))
      at += bytes.length
    }
    return decoder
  }

  async #run(scope: Scope, id: string): Promise<Run> {
    const run = await this.#store.runs.get(id)
    if (run === null || !sees(scope, run.domain)) throw notFound('run', id)
    return run
  }

  /** A seat that is left when the request is over, whatever becomes of its answer. */
  #seat(scope: Scope, signal: AbortSignal): Seat {
    const seat = this.#turns.enter(scope.domain ?? everyDomain)
    signal.addEventListener('abort', () => seat.leave(), { once: true })
    return seat
  }

  async #seated<T>(scope: Scope, act: (seat: Seat) => Promise<T>): Promise<T> {
    const seat = this.#turns.enter(scope.domain ?? everyDomain)
    try {
      return await act(seat)
    } finally {
      seat.leave()
    }
  }
}

/** How long a search may take before it answers with what it has, ms. */
const searchBudget = 2000

/** The party of an admin that named no domain: no domain is called so. */
const everyDomain = '*'

const nameOf = (run: Run, attempt: number | null): LogName => ({ run_id: run._id, attempt: attempt ?? run.attempt })

/** Whether an attempt's log grows no more. */
const isOver = (run: Run, attempt: number): boolean =>
  isFinal(run) || run.attempts.some((one) => one.attempt === attempt && one.outcome !== null)

/** Retention removed it, or its worker said that it was longer. Where part of it was sent, the answer is cut off. */
const becameShorter = (runId: string): HydraError =>
  new HydraError('CONFLICT', `The log of run ${runId} became shorter while it was read; ask again.`)
