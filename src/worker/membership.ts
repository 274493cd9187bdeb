import { HydraError } from '../model/errors.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Held, Link, Registered } from '../ports/link.ts'
import type { Log } from '../runtime/log.ts'
import { bootClock } from '../supervisor/client.ts'
import { type Contact, pauseAfter } from './contact.ts'

/** How often a conflict at the start is tried again: another scheduler may have been changing the same session. */
const conflictTries = 3

export interface MembershipParts {
  readonly link: Link
  readonly secret: string
  readonly contact: Contact
  readonly log: Log
  readonly onCancel: (held: Held) => void
  /** Registered, for the first time or anew. @param sentAt by the boot clock */
  readonly onJoined: (sentAt: Millis, ttl: Millis | null) => void
  /** Whether work is taken may have changed. */
  readonly onChange: () => void
}

/** The worker's session with the control plane: made at the start, made anew when it is not known any more. */
export class Membership {
  readonly #parts: MembershipParts
  #card: WorkerCard | null = null
  #session: string | null = null
  #state: WorkerState = 'disabled'
  #unsubscribe: () => void = () => {}
  #rejoining: Promise<void> | null = null
  readonly #closed = new AbortController()
  /** Rejects when the worker leaves. */
  readonly closed: Promise<never>

  constructor(parts: MembershipParts) {
    this.#parts = parts
    parts.contact.onUnknown = () => this.#rejoin()
    const { signal } = this.#closed
    this.closed = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    this.closed.catch(() => {})
  }

  /** @throws before the first registration */
  readonly session = (): string => {
    if (this.#session === null) throw new Error('the worker has not registered yet')
    return this.#session
  }

  get isJoined(): boolean {
    return this.#session !== null
  }

  /** Whether the worker takes new work: a draining or disabled one goes on with what it runs. */
  get takesWork(): boolean {
    return this.#session !== null && this.#rejoining === null && this.#state === 'online'
  }

  readonly setState = (state: WorkerState): void => {
    if (state === this.#state) return
    this.#parts.log.info('the state of this worker was set', { state })
    this.#state = state
    this.#parts.onChange()
  }

  /**
   * Registers, as often as it takes to reach the control plane.
   *
   * @throws {HydraError} when the control plane refuses this worker, with its sentence
   */
  async join(card: WorkerCard): Promise<void> {
    this.#card = card
    await this.#register((error, tries) => isFinal(error, tries))
  }

  /** Registers anew with these tags; before the first registration and while leaving nothing happens. */
  amend(tags: readonly string[]): void {
    if (this.#card === null) return
    this.#card = { ...this.#card, tags }
    this.#rejoin()
  }

  #rejoin(): void {
    if (this.#closed.signal.aborted || this.#card === null) return
    this.#rejoining ??= this.#register(() => false).finally(() => {
      this.#rejoining = null
      this.#parts.onChange()
    })
    this.#rejoining.catch(() => {})
  }

  async #register(isEnough: (error: unknown, tries: number) => boolean): Promise<void> {
    const { link, secret, log } = this.#parts
    if (this.#card === null) return
    for (let tries = 1; ; tries += 1) {
      const sentAt = bootClock()
      try {
        const registered = await link.register(this.#card, secret)
        this.#enter(registered, sentAt)
        return
      } catch (error) {
        if (isEnough(error, tries)) throw error
        if (tries === 1) log.warn('the worker cannot register yet', { error: sentence(error) })
      }
      await pause(pauseAfter(tries), this.#closed.signal)
    }
  }

  #enter({ session, state, ttl }: Registered, sentAt: Millis): void {
    const { link, log, onCancel, onJoined, onChange } = this.#parts
    this.#unsubscribe()
    this.#session = session
    this.#state = state
    this.#unsubscribe = link.onCancel(session, onCancel)
    log.info('the worker is registered', { session, state })
    onJoined(sentAt, ttl)
    onChange()
  }

  /** Ends all waiting for the control plane: the worker leaves. */
  close(): void {
    this.#closed.abort(new Error('the worker is stopping'))
  }

  /** The worker holds nothing any more. */
  async goodbye(): Promise<void> {
    this.#unsubscribe()
    if (this.#session !== null) await this.#parts.link.goodbye(this.#session)
  }

  /** Leaves without a goodbye: what the worker holds is taken up by its next life. */
  abandon(): void {
    this.#unsubscribe()
  }
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An answer that will be the same next time. */
function isFinal(error: unknown, tries: number): boolean {
  if (!(error instanceof HydraError) || error.status >= 500 || error.code === 'TOO_MANY') return false
  return error.code !== 'CONFLICT' || tries >= conflictTries
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
