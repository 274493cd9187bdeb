import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { ApiError, reasonOf, UnreachableError } from './errors.ts'
import { sleep } from './sleep.ts'
import { mayPass, type Query, type Transport } from './transport.ts'

/** How a stream is followed. */
export interface StreamOptions {
  /** The id of the last event that was seen: what follows it comes, without a gap. */
  readonly lastEventId?: string | null
  readonly signal?: AbortSignal
  /** Told when the connection is lost, with the reason, and with null when it stands again. */
  readonly onConnection?: (lost: string | null) => void
  /** Told whenever the server says anything, be it that nothing happened. */
  readonly onHeard?: () => void
  /** Ends with the error once the connection was away for so long. ms; never unless given */
  readonly giveUpAfter?: number
  /** The server answered a moment ago: also the first connection is tried again */
  readonly hasAnswered?: boolean
}

export interface StreamEvent {
  /** The empty text where the stream gives none. */
  readonly id: string
  readonly event: string
  readonly data: string
}

/** The server says something every 15 s: one that is silent for three times as long is gone. ms */
const silence = 45_000

/** ms */
const longestPause = 5000

/**
 * The events of a stream, over as many connections as it takes: each begins after the last event that came, so that none
 * is lost or doubled. Read with `fetch`, as a browser's EventSource can send no token in a header and hides why it fails.
 * @param isLast after this event the stream is over
 * @throws ApiError for a refusal; UnreachableError when the first connection fails (unless `hasAnswered`), or one is away
 * for too long
 */
export async function* eventStream(
  transport: Transport,
  { path, query, isLast }: { path: string; query?: Query; isLast?: (event: StreamEvent) => boolean },
  options: StreamOptions = {},
): AsyncGenerator<StreamEvent, void> {
  const { signal, onConnection = () => {}, onHeard = () => {}, giveUpAfter = Number.POSITIVE_INFINITY } = options
  const heardAt = options.hasAnswered ? performance.now() : null
  const state: Following = { last: options.lastEventId ?? null, heardAt, failures: 0, isLost: false }
  for (;;) {
    let why = 'the server closed the connection'
    const connection = new Connection(signal)
    try {
      for await (const event of connection.events(transport, { path, query }, state.last)) {
        if (state.isLost) onConnection(null)
        Object.assign(state, { heardAt: performance.now(), isLost: false })
        onHeard()
        if (event === null) continue
        Object.assign(state, { last: event.id === '' ? state.last : event.id, failures: 0 })
        yield event
        if (isLast?.(event)) return
      }
      if (connection.isOver) return
    } catch (error) {
      signal?.throwIfAborted()
      if (state.heardAt === null || !mayResume(error)) throw error
      why = reasonOf(error)
    } finally {
      connection.close()
    }
    await pause(state, { why, signal, onConnection, giveUpAfter, server: transport.server })
  }
}

/** How far a stream was followed. */
interface Following {
  last: string | null
  /** Null until the server is known to be there. Monotonic, ms. */
  heardAt: number | null
  failures: number
  isLost: boolean
}

/** Waits before the next connection. @throws UnreachableError after too long */
async function pause(
  state: Following,
  about: {
    why: string
    server: string
    signal: AbortSignal | undefined
    onConnection: (lost: string | null) => void
    giveUpAfter: number
  },
): Promise<void> {
  if (!state.isLost) about.onConnection(about.why)
  state.isLost = true
  if (performance.now() - (state.heardAt ?? 0) > about.giveUpAfter)
    throw new UnreachableError(about.server, `cannot be reached any more: ${about.why}`)
  const longest = Math.min(250 * 2 ** state.failures, longestPause)
  state.failures = Math.min(state.failures + 1, 10)
  await sleep(longest * (0.5 + Math.random() / 2), about.signal)
}

/** A server that fails or is away comes back; a refusal stays one. */
const mayResume = (error: unknown): boolean => mayPass(error) || (error instanceof ApiError && error.status >= 500)

/** One connection of a stream. */
class Connection {
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  /** The server says that there is nothing more to come, ever. */
  isOver = false

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal ? AbortSignal.any([signal, this.#abort.signal]) : this.#abort.signal
  }

  /** Its events, and null for every other sign of life. */
  async *events(
    transport: Transport,
    { path, query }: { path: string; query: Query | undefined },
    last: string | null,
  ): AsyncGenerator<StreamEvent | null, void> {
    const headers = { accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': last }) }
    const response = await transport.open({ path, query, headers, signal: this.#signal })
    this.isOver = response.status === 204
    if (response.body === null || this.isOver) return
    const came: EventSourceMessage[] = []
    const parser = createParser({ onEvent: (event) => came.push(event) })
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await this.#unlessSilent(reader.read(), transport.server)
      if (done) return
      parser.feed(value)
      yield null
      for (const { id = '', event = 'message', data } of came.splice(0)) yield { id, event, data }
    }
  }

  /** Ends what still hangs on it. */
  close(): void {
    this.#abort.abort()
  }

  /** A connection that was cut without a word (a cable, a sleeping machine) never fails by itself. */
  async #unlessSilent<T>(act: Promise<T>, server: string): Promise<T> {
    const timer = setTimeout(() => this.#abort.abort(new Error(`nothing came for ${silence / 1000} s`)), silence)
    try {
      return await act
    } catch (error) {
      throw new UnreachableError(server, `broke off: ${reasonOf(error)}`, error)
    } finally {
      clearTimeout(timer)
    }
  }
}
