import type { StreamName } from '../model/log.ts'
import { isFinal, type RunStatus } from '../model/run-status.ts'
import type { QueuedDocument } from '../model/wire/job.ts'
import type { ExplanationDocument, RunDocument, RunWithAttempts } from '../model/wire/run.ts'
import type { LogCaughtUpDocument, LogChunkDocument, LogEndDocument } from '../model/wire/stream.ts'
import { eventStream, type StreamOptions } from './event-stream.ts'
import { asOnce, asWish, type RunOnce } from './once.ts'
import { entries, type Page, type PageQuery, page } from './pages.ts'
import { sleep } from './sleep.ts'
import { mayPass, type Query, segment, type Transport } from './transport.ts'

/** What a list of runs is narrowed by. */
export type RunQuery = PageQuery & {
  readonly status?: RunStatus | readonly RunStatus[]
  readonly job_id?: string
  readonly worker_id?: string
  readonly user?: string
  readonly since?: string | Date
  readonly until?: string | Date
  /** Part of the job's name, or the beginning of the run's id. */
  readonly q?: string
  /** Characters of each output that are shown; 0 for none. */
  readonly tail?: number
  /** Of an admin who sees several: one of them. */
  readonly domain?: string
}

/** What of a log is read: one stream, one attempt, or all. */
export type LogQuery = { readonly stream?: StreamName; readonly attempt?: number }

/** What a run's stream tells: pieces of its log, then its end; `caught_up` where it is not over and not followed. */
export type LogEvent =
  | { readonly id: string; readonly event: 'log_chunk'; readonly data: LogChunkDocument }
  | { readonly id: string; readonly event: 'caught_up'; readonly data: LogCaughtUpDocument }
  | { readonly id: string; readonly event: 'end'; readonly data: LogEndDocument }

/** How a run is waited for. */
export interface WaitOptions {
  readonly signal?: AbortSignal
  readonly giveUpAfter?: number
}

/** A run that is waited for is looked at again after these, whatever events say: they are hints. ms */
const firstLook = 250
const longestLook = 10_000

/** Runs of jobs. */
export class Runs {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** All that fit, newest first, page by page as they are taken. */
  list(query?: RunQuery, signal?: AbortSignal): AsyncGenerator<RunDocument, void> {
    return entries(this.#transport, { path: '/runs/', query, signal })
  }

  page(query?: RunQuery, signal?: AbortSignal): Promise<Page<RunDocument>> {
    return page(this.#transport, { path: '/runs/', query, signal })
  }

  /** @param tail characters of its output, at most 65,536 */
  get(id: string, { tail, signal }: { tail?: number; signal?: AbortSignal } = {}): Promise<RunWithAttempts> {
    return this.#transport.json({ path: at(id), query: { tail }, signal })
  }

  /** Asks for its end. @throws ApiError CONFLICT when it is over */
  cancel(id: string): Promise<RunWithAttempts> {
    return this.#transport.json({ method: 'POST', path: `${at(id)}/cancel`, repeatable: true })
  }

  /** A new run of its job as it is now, with what this run alone had otherwise. @param once.changes replace that; null drops it */
  retry(id: string, { changes, ...once }: RunOnce = {}): Promise<QueuedDocument> {
    return this.#transport.json({ path: `${at(id)}/retry`, body: asWish(changes), ...asOnce(once) })
  }

  /** Why it has not started. */
  explain(id: string): Promise<ExplanationDocument> {
    return this.#transport.json({ path: `${at(id)}/explain` })
  }

  /** Its log so far, as the bytes that the processes wrote. */
  async log(id: string, query: LogQuery = {}, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#transport.open({ path: `${at(id)}/log`, query, signal })
    return response.body ?? new ReadableStream({ start: (controller) => controller.close() })
  }

  /** Its log so far, as text. */
  async logText(id: string, query: LogQuery = {}): Promise<string> {
    return new Response(await this.log(id, query)).text()
  }

  /** Its log from the beginning (or after an event), then live, then its end; over lost connections and restarts. */
  follow(id: string, options: StreamOptions = {}): AsyncGenerator<LogEvent, void> {
    return this.#stream(id, {}, options)
  }

  /** As `follow`, but no longer than there is something: the last event's id is where a later one goes on. */
  soFar(id: string, options: StreamOptions = {}): AsyncGenerator<LogEvent, void> {
    return this.#stream(id, { follow: false }, options)
  }

  async *#stream(id: string, query: Query, options: StreamOptions): AsyncGenerator<LogEvent, void> {
    const isLast = ({ event }: { readonly event: string }): boolean => event === 'end' || event === 'caught_up'
    const stream = { path: `${at(id)}/stream`, query, isLast }
    for await (const { id: last, event, data } of eventStream(this.#transport, stream, options)) {
      if (event === 'log_chunk') yield { id: last, event, data: JSON.parse(data) }
      if (event === 'caught_up') yield { id: last, event, data: JSON.parse(data) }
      if (event === 'end') yield { id: last, event, data: JSON.parse(data) }
    }
  }

  /**
   * Resolves with the run once it is over, also over a server that is away meanwhile.
   * @param giveUpAfter ends with the error once the server was away for so long, be it from the beginning; ms, 0
   * @throws the signal's reason once it is aborted
   */
  async wait(id: string, { signal, giveUpAfter = 0 }: WaitOptions = {}): Promise<RunWithAttempts> {
    const asked = signal ? { signal } : {}
    let heardAt = performance.now()
    const look = async (): Promise<RunWithAttempts | null> => {
      try {
        const run = await this.get(id, asked)
        heardAt = performance.now()
        return isFinal(run) ? run : null
      } catch (error) {
        if (!mayPass(error) || performance.now() - heardAt > giveUpAfter) throw error
        return null
      }
    }
    const first = await look()
    if (first) return first
    const end = new AbortController()
    const ends = signal ? AbortSignal.any([signal, end.signal]) : end.signal
    let news: () => void = () => {}
    const hints = this.#hints(id, ends, () => news())
    try {
      for (let wait = firstLook; ; wait = Math.min(wait * 2, longestLook)) {
        const told = new Promise<void>((resolve) => (news = resolve))
        await Promise.race([told, sleep(wait, ends)])
        const run = await look()
        if (run) return run
      }
    } finally {
      end.abort()
      await hints
    }
  }

  /** Calls when an event tells something about a run; without a stream the looks alone must do. */
  async #hints(id: string, signal: AbortSignal, tell: () => void): Promise<void> {
    try {
      for await (const { data } of eventStream(this.#transport, { path: '/events/stream' }, { signal }))
        if (data.includes(id)) tell()
    } catch {
      // Ended with the waiting, or refused.
    }
  }
}

const at = (id: string): string => `/runs/${segment(id)}`
