import { ApiError, errorIn, reasonOf, UnreachableError } from './errors.ts'
import { sleep } from './sleep.ts'

export interface ClientOptions {
  /** Where the API is, such as `http://127.0.0.1:8000`; empty in a page that the server itself serves. */
  readonly server: string
  /** Sent in a header; null for what needs none. */
  readonly token?: string | null
  /** An admin acts in this domain. */
  readonly domain?: string | null
  /** How often what can safely be repeated is asked again after a lost connection or a 502, 503 or 504. 3 */
  readonly retries?: number
  /** How long an answer may take to begin. ms, 30,000 */
  readonly timeout?: number
  readonly fetch?: typeof fetch
}

/** A value of a query; a list is written with commas, null and undefined are left out. */
export type QueryValue = string | number | boolean | Date | readonly string[] | null | undefined
export type Query = { readonly [name: string]: QueryValue }

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Query | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Asking twice is the same as asking once. GET always is. */
  readonly repeatable?: boolean
}

/** Statuses of a server, or of what stands before it, that is away for a moment. */
const away: readonly number[] = [502, 503, 504]

/** ms */
const longestWait = 10_000

/** Asks the API over HTTP. Needs nothing but `fetch`: browsers have it as Node has. */
export class Transport {
  readonly server: string
  readonly #options: ClientOptions
  readonly #fetch: typeof fetch

  constructor(options: ClientOptions) {
    this.server = options.server.replace(/\/+$/, '')
    this.#options = options
    // Called as a plain function: a browser's fetch refuses to be another object's method.
    const given = options.fetch ?? fetch
    this.#fetch = (input, init) => given(input, init)
  }

  /**
   * The JSON that answers. It is not parsed by its schema: the server makes it by that very schema, and a client must
   * live with the fields and words that a later server adds.
   * @throws ApiError for a refusal, UnreachableError where nobody answers
   */
  async json<T>(ask: Ask): Promise<T> {
    return (await this.answer<T>(ask)).body
  }

  /** As `json`, with the headers. */
  async answer<T>(ask: Ask): Promise<{ readonly body: T; readonly headers: Headers }> {
    const response = await this.open({ ...ask, headers: { accept: 'application/json', ...ask.headers } })
    if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel()
      throw this.#unreachable('answers, but not as a hydra-jobs server does')
    }
    try {
      const body: T = JSON.parse(await response.text())
      return { body, headers: response.headers }
    } catch (error) {
      ask.signal?.throwIfAborted()
      throw this.#unreachable('broke off in the middle of its answer', error)
    }
  }

  /** The answer, its body unread. @throws as `json` */
  async open(ask: Ask): Promise<Response> {
    const { retries = 3 } = this.#options
    const isRepeatable = ask.repeatable ?? (ask.method ?? 'GET') === 'GET'
    for (let left = isRepeatable ? retries : 0, wait = 200; ; left -= 1, wait *= 2) {
      try {
        const response = await this.#once(ask)
        if (response.ok) return response
        throw await errorIn(response)
      } catch (error) {
        ask.signal?.throwIfAborted()
        if (left <= 0 || !mayPass(error)) throw error
        const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0
        await sleep(Math.min(Math.max(asked, wait * (0.5 + Math.random())), longestWait), ask.signal)
      }
    }
  }

  async #once({ method = 'GET', path, query, body, headers, signal }: Ask): Promise<Response> {
    const { token = null, timeout = 30_000 } = this.#options
    // Ended when the answer has begun: how long the rest takes depends on what it is.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeout)
    try {
      return await this.#fetch(this.#url(path, query), {
        method,
        headers: {
          ...(token === null ? {} : { 'x-api-key': token }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The API never redirects, and a token must not follow to wherever something else points.
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      })
    } catch (error) {
      signal?.throwIfAborted()
      if (late.signal.aborted) throw this.#unreachable(`did not answer within ${timeout / 1000} s`, error)
      throw this.#unreachable(`cannot be reached: ${reasonOf(error)}`, error)
    } finally {
      clearTimeout(timer)
    }
  }

  #url(path: string, query: Query = {}): string {
    const params = new URLSearchParams()
    const { domain = null } = this.#options
    for (const [name, value] of Object.entries({ domain, ...query })) {
      const text = textOf(value)
      if (text !== null) params.set(name, text)
    }
    return `${this.server}${path}${params.size === 0 ? '' : `?${params}`}`
  }

  #unreachable(why: string, cause?: unknown): UnreachableError {
    return new UnreachableError(this.server, why, cause)
  }
}

function textOf(value: QueryValue): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? value.join(',') : String(value)
}

/**
 * Whether a repeat may soon succeed: the server is away for a moment, has too much to do, or is still busy with the first
 * of these very requests.
 */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof UnreachableError
  const { status, code, retryAfter } = error
  const isBusy = status === 429 && retryAfter !== null && retryAfter * 1000 <= longestWait
  return isBusy || away.includes(status) || code === 'IN_PROGRESS'
}

/** A part of a path. */
export const segment = (text: string): string => encodeURIComponent(text)

/** A key that no other request has. `randomUUID` is not there in a page without TLS. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
