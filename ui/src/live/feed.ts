import { ApiError, type HydraClient, type IdentifiedEvent } from '../../../src/client/index.ts'

/** How the stream of events stands. */
export interface FeedState {
  readonly status: 'connecting' | 'live' | 'lost'
  /** When the server was last heard. ms since the epoch; null: not yet */
  readonly asOf: number | null
}

/** What the tabs of a browser tell each other. */
type Message =
  | { readonly kind: 'event'; readonly event: IdentifiedEvent }
  | { readonly kind: 'state'; readonly state: FeedState }
  | { readonly kind: 'ask' }

/**
 * A server that says nothing for so long is asked whether it is there, and then has so long to answer: who looks at the page knows
 * within five seconds of a cut. ms
 */
const silence = 2000
const probePatience = 2400
/** How often it is looked whether it says something. ms */
const look = 500

/** What the id begins with of an event that no server told. */
const gap = 'gap-'

/** ms */
const longestPause = 5000

/**
 * The events of a token in a domain, over one connection for all tabs of a browser: HTTP/1.1 allows six to a server. The tab that holds
 * the lock reads and tells the others; when it is closed the next one gets the lock, and goes on after the last event that
 * it heard of. Without locks (a page that is not on TLS nor on localhost) each tab reads for itself.
 */
export class Feed {
  readonly #hydra: HydraClient
  readonly #name: string
  readonly #channel: BroadcastChannel
  readonly #onRefused: () => void
  readonly #end = new AbortController()
  readonly #onEvent = new Set<(event: IdentifiedEvent) => void>()
  readonly #onState = new Set<() => void>()
  #state: FeedState = { status: 'connecting', asOf: null }
  #leads = false
  #last: string | null = null
  #isProbing = false
  /** Something was missed that no id leads back to: nothing was heard before it. */
  #hasGap = false

  /** @param onRefused the token has ended: nothing comes any more */
  constructor(hydra: HydraClient, name: string, onRefused: () => void) {
    this.#hydra = hydra
    this.#onRefused = onRefused
    this.#name = `hydra-events-${name}`
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data)
  }

  start(): void {
    this.#channel.postMessage({ kind: 'ask' } satisfies Message)
    const lead = (): Promise<void> => this.#lead()
    if (!('locks' in navigator)) void lead()
    else navigator.locks.request(this.#name, { signal: this.#end.signal }, lead).catch(() => {})
  }

  stop(): void {
    this.#end.abort()
    this.#channel.close()
    this.#onEvent.clear()
    this.#onState.clear()
  }

  get state(): FeedState {
    return this.#state
  }

  onEvent(listener: (event: IdentifiedEvent) => void): () => void {
    this.#onEvent.add(listener)
    return () => this.#onEvent.delete(listener)
  }

  onState(listener: () => void): () => void {
    this.#onState.add(listener)
    return () => this.#onState.delete(listener)
  }

  #hear(message: Message): void {
    if (message.kind === 'event') this.#tell(message.event)
    if (message.kind === 'state' && !this.#leads) this.#become(message.state)
    if (message.kind === 'ask' && this.#leads) this.#send({ kind: 'state', state: this.#state })
  }

  #send(message: Message): void {
    if (!this.#end.signal.aborted) this.#channel.postMessage(message)
  }

  #tell(event: IdentifiedEvent): void {
    if (!event.id.startsWith(gap)) this.#last = event.id
    for (const listener of this.#onEvent) listener(event)
  }

  #become(state: FeedState): void {
    const isNew = state.status !== this.#state.status
    this.#state = state
    if (this.#leads) this.#send({ kind: 'state', state })
    if (isNew) for (const listener of this.#onState) listener()
  }

  /** Reads until the tab is closed; begins anew after each loss. */
  async #lead(): Promise<void> {
    this.#leads = true
    for (let failures = 0; !this.#end.signal.aborted; failures += 1) {
      const connection = new AbortController()
      const signal = AbortSignal.any([connection.signal, this.#end.signal])
      const watch = setInterval(() => void this.#probe(connection), look)
      try {
        const heard = (): void => {
          failures = 0
          this.#become({ status: 'live', asOf: Date.now() })
          this.#closeGap()
        }
        const lost = (why: string | null): void => {
          if (why !== null) this.#lose()
        }
        const options = { signal, lastEventId: this.#last, onHeard: heard, onConnection: lost }
        for await (const event of this.#hydra.events(options)) {
          this.#tell(event)
          this.#send({ kind: 'event', event })
        }
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return this.#onRefused()
      } finally {
        clearInterval(watch)
      }
      if (this.#end.signal.aborted) return
      this.#lose()
      await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, longestPause)))
    }
  }

  #lose(): void {
    this.#hasGap ||= this.#last === null && this.#state.asOf !== null
    this.#become({ ...this.#state, status: 'lost' })
  }

  /** As the server does where it does not know any more what came after an id: all that is shown is fetched anew. */
  #closeGap(): void {
    if (!this.#hasGap) return
    this.#hasGap = false
    const ts = Date.now() / 1000
    const event = { id: gap + ts, type: 'reset', payload: { domain: '' }, ts } as const
    this.#tell(event)
    this.#send({ kind: 'event', event })
  }

  /** A connection that was cut without a word looks like a silent one: only asking tells. */
  async #probe(connection: AbortController): Promise<void> {
    const { status, asOf } = this.#state
    if (document.hidden || this.#isProbing || (status === 'live' && Date.now() - (asOf ?? 0) < silence)) return
    this.#isProbing = true
    try {
      await within(probePatience, this.#hydra.health())
      if (this.#state.status === 'live') this.#become({ status: 'live', asOf: Date.now() })
    } catch {
      if (this.#state.status === 'live') connection.abort()
    } finally {
      this.#isProbing = false
    }
  }
}

/** @throws where it takes longer; ms */
function within<T>(patience: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('too late')), patience)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
