import type { z } from 'zod'
import { errorOf, isRefusal } from '../../model/errors.ts'
import type { WorkerCard } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import { AcksWire, CancelsWire, GrantsWire, RegisteredWire, RenewalWire } from '../../model/wire/link.ts'
import type { Ack, Aside, Grant, Held, Link, Registered, Renewal, Report } from '../../ports/link.ts'
import { inPieces } from '../../ports/link-wire.ts'
import { firstAnswer } from './first-answer.ts'

const callPatience: Millis = 4000
/** A renewal that takes longer is asked of the next scheduler as well: a lease must not run out over one call. */
const renewalPatience: Millis = 1500
/** So is a report: a scheduler that is cut off from its store would hold it for long. */
const reportPatience: Millis = 5000
/** The server answers a question that waits within 20 s. */
const pollPatience: Millis = 30_000
/** The pause after a failed wait for cancels: the renewals bring them meanwhile. */
const cancelPause: Millis = 2000
/** Reports go in pieces of about so many characters of JSON: the server takes 8 MiB. */
const pieceLength = 3 * 1024 * 1024

/** Why a question that waits is given up: another call of this link has found a server that answers. */
const elsewhere = new Error('it is asked elsewhere')

export interface HttpLinkOptions {
  /** Schedulers, in the order in which they are tried. At least one. */
  readonly servers: readonly string[]
  /** A token of the worker's domain. */
  readonly token: string
  /** Where the session was made over another link. */
  readonly secret?: string
}

/** The link of a worker that reaches nothing but schedulers' ports. It stays with one that answers. */
export class HttpLink implements Link {
  readonly #servers: readonly string[]
  readonly #token: string
  #at = 0
  /** Aborted when `#at` becomes another. */
  #moved = new AbortController()
  #secret: string

  constructor({ servers, token, secret = '' }: HttpLinkOptions) {
    this.#servers = servers.map((server) => server.replace(/\/+$/, ''))
    this.#token = token
    this.#secret = secret
  }

  async register(card: WorkerCard, secret: string): Promise<Registered> {
    this.#secret = secret
    return this.#call('register', { card, secret }, RegisteredWire, AbortSignal.timeout(callPatience))
  }

  async claim(session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    const body = { ...this.#proof(session), free: Math.min(free, 10_000) }
    for (let left = this.#servers.length; ; left -= 1) {
      const moved = this.#moved.signal
      const within = AbortSignal.any([signal, moved, AbortSignal.timeout(pollPatience)])
      try {
        return (await this.#call('claim', body, GrantsWire, within)).grants
      } catch (error) {
        if (error === elsewhere) return []
        // Its own failure moved it to the next, which is asked at once; when all have failed, that is the answer.
        if (left <= 1 || !moved.aborted || signal.aborted) throw error
      }
    }
  }

  /** Asks each scheduler once, until one answers that reaches its store: another's answer counts, but says nothing. */
  async renew(session: string, held: readonly Held[], taken?: () => void, aside: Aside = {}): Promise<Renewal> {
    const counted: Renewal[] = []
    const count = (answer: Renewal): void => {
      if (!answer.partial) return
      counted.push(answer)
      taken?.()
      throw new Error('the scheduler does not reach its store')
    }
    const patience = { next: renewalPatience, each: callPatience }
    try {
      return await this.#anyOf('renew', { ...this.#proof(session), held, ...aside }, RenewalWire, patience, count)
    } catch (error) {
      const [answer] = counted
      if (answer === undefined || isRefusal(error)) throw error
      return answer
    }
  }

  async report(session: string, reports: readonly Report[]): Promise<readonly Ack[]> {
    const acks: Ack[] = []
    const patience = { next: reportPatience, each: pollPatience }
    for (const piece of inPieces(reports, pieceLength)) {
      const body = { ...this.#proof(session), reports: piece }
      acks.push(...(await this.#anyOf('report', body, AcksWire, patience)).acks)
    }
    return acks
  }

  onCancel(session: string, told: (held: Held) => void): () => void {
    const over = new AbortController()
    void this.#listen(session, told, over.signal)
    return () => over.abort()
  }

  async #listen(session: string, told: (held: Held) => void, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const moved = this.#moved.signal
      try {
        const within = AbortSignal.any([over, moved, AbortSignal.timeout(pollPatience)])
        const { cancel } = await this.#call('cancels', this.#proof(session), CancelsWire, within)
        for (const held of cancel) told(held)
      } catch (error) {
        // Nobody is told: the renewals meet the same fault, and say so.
        if (error !== elsewhere) await paused(cancelPause, over)
      }
    }
  }

  async goodbye(session: string): Promise<void> {
    await this.#call('goodbye', this.#proof(session), null, AbortSignal.timeout(callPatience))
  }

  #proof(session: string): { session: string; secret: string } {
    return { session, secret: this.#secret }
  }

  /**
   * Asks one scheduler after another, the next when one failed or is slow, and stays with the one that answered.
   * @param patience until the `next` is asked as well, and what `each` may take, ms
   * @param check throws where an answer is not good enough
   */
  async #anyOf<Answer extends z.ZodType>(
    what: string,
    body: unknown,
    schema: Answer,
    patience: { readonly next: Millis; readonly each: Millis },
    check: (answer: z.output<Answer>) => void = () => {},
  ): Promise<z.output<Answer>> {
    const over = new AbortController()
    const first = this.#at
    const asks = this.#servers.map((_, n) => async () => {
      const at = (first + n) % this.#servers.length
      const within = AbortSignal.any([over.signal, AbortSignal.timeout(patience.each)])
      const answer = await this.#call(what, body, schema, within, at)
      check(answer)
      this.#moveTo(at)
      return answer
    })
    try {
      return await firstAnswer(asks, patience.next)
    } finally {
      over.abort()
    }
  }

  async #call<Answer extends z.ZodType>(
    what: string,
    body: unknown,
    schema: Answer,
    signal: AbortSignal,
    at?: number,
  ): Promise<z.output<Answer>>
  async #call(what: string, body: unknown, schema: null, signal: AbortSignal): Promise<void>
  async #call(
    what: string,
    body: unknown,
    schema: z.ZodType | null,
    signal: AbortSignal,
    at = this.#at,
  ): Promise<unknown> {
    const response = await fetch(`${this.#servers[at]}/link/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': this.#token },
      body: JSON.stringify(body),
      signal,
      redirect: 'error',
    }).catch((error: unknown) => {
      if (error === elsewhere) throw error
      this.#leave(at)
      throw new Error(`${this.#servers[at]} cannot be reached: ${causeOf(error)}`)
    })
    const text = await response.text()
    if (!response.ok) {
      if (response.status >= 500) this.#leave(at)
      throw problemIn(response.status, text)
    }
    return schema === null ? undefined : schema.parse(JSON.parse(text))
  }

  /** The next call goes to the next scheduler. */
  #leave(at: number): void {
    if (at === this.#at) this.#moveTo((at + 1) % this.#servers.length)
  }

  /** Questions that wait elsewhere end, and are asked there: who could not answer others may never answer them. */
  #moveTo(at: number): void {
    if (at === this.#at) return
    this.#at = at
    this.#moved.abort(elsewhere)
    this.#moved = new AbortController()
  }
}

/** The control plane's own refusal, as it meant it; anything else is somebody in between. */
function problemIn(status: number, text: string): Error {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return new Error(`the server answered ${status}`)
  }
  const [type, detail] =
    typeof body === 'object' && body !== null ? [Reflect.get(body, 'type'), Reflect.get(body, 'detail')] : []
  const code = typeof type === 'string' ? type.replace('urn:hydra:error:', '') : ''
  return typeof detail === 'string' ? errorOf(code, detail) : new Error(`the server answered ${status}`)
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function paused(ms: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
