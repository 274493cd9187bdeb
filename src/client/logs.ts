import type { StreamName } from '../model/log.ts'
import type { LogHitsDocument, LogLinesDocument, RunHitDocument } from '../model/wire/log.ts'
import { reasonOf, UnreachableError } from './errors.ts'
import { type Query, segment, type Transport } from './transport.ts'

/** Which lines are read. */
export type LinesQuery = {
  /** The first line's number; below zero it counts from the end. 1 */
  readonly from?: number
  /** At most 1000. 100 */
  readonly count?: number
  /** The newest unless named. */
  readonly attempt?: number
}

/** What is looked for. */
export type SearchQuery = {
  readonly q: string
  /** `q` is an expression in the syntax of RE2. */
  readonly regex?: boolean
  /** Whether upper and lower case differ. */
  readonly case?: boolean
  /** Lines of this stream alone. */
  readonly stream?: StreamName
}

export type RunSearchQuery = SearchQuery & {
  readonly from?: number
  /** Lines that are shown, at most 1000. 100 */
  readonly limit?: number
  readonly attempt?: number
  /** Whether to go on counting when so many are found. true */
  readonly count?: boolean
}

export type LogsSearchQuery = SearchQuery & {
  readonly since?: string | Date
  readonly until?: string | Date
  readonly job_id?: string
  readonly per_run?: number
}

/** Logs by line, and searches in them. */
export class Logs {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Lines of a run by number. */
  lines(runId: string, query: LinesQuery = {}): Promise<LogLinesDocument> {
    return this.#transport.json({ path: `/runs/${segment(runId)}/log/lines`, query })
  }

  /** Matching lines of a run; `next` in the answer is where to go on. */
  search(runId: string, query: RunSearchQuery, signal?: AbortSignal): Promise<LogHitsDocument> {
    return this.#transport.json({ path: `/runs/${segment(runId)}/log/search`, query, signal })
  }

  /** Matching lines of many runs, newest run first, each when it is found. Who has enough stops reading. */
  async *searchAll(query: LogsSearchQuery, signal?: AbortSignal): AsyncGenerator<RunHitDocument, void> {
    const stop = new AbortController()
    const ends = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    try {
      for await (const line of this.#jsonLines({ path: '/logs/search', query, signal: ends })) yield JSON.parse(line)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    } finally {
      stop.abort()
    }
  }

  async *#jsonLines(ask: { path: string; query: Query; signal: AbortSignal }): AsyncGenerator<string, void> {
    const { body } = await this.#transport.open(ask)
    if (body === null) return
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new UnreachableError(this.#transport.server, `broke off: ${reasonOf(error)}`, error)
      })
      const lines = (rest + (value ?? '')).split('\n')
      rest = done ? '' : (lines.pop() ?? '')
      yield* lines.filter((line) => line !== '')
      if (done) return
    }
  }
}
