import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis } from '../../model/time.ts'
import { away, isUndecided } from './answers.ts'
import type { Pulse } from './pulse.ts'

/** For so long an operation is asked again when nothing was decided; a server is looked for in each asking. ms */
const patience: Millis = 2500
/** Between two askings, ms. */
const pause: Millis = 200
/** What nobody waits for begins so much later: out of the way of what somebody does wait for, and many at once. ms */
const lingerFor: Millis = 50

/**
 * Counts what is under way, so that nothing is cut off when the store is closed. While the server is mute nothing new is begun: it is
 * refused at once, and has done nothing. Of what is under way, reads are refused as well; writes are not cut: they may be done yet.
 */
export class Gate {
  readonly #pulse: Pick<Pulse, 'isMute'>
  readonly #reads = new Set<() => void>()
  readonly #pending = new Set<Promise<unknown>>()
  readonly #later: (() => Promise<unknown>)[] = []
  #timer: NodeJS.Timeout | null = null
  #closed = false

  /** @param pulse tells when the server does not answer */
  constructor(pulse: Pick<Pulse, 'isMute' | 'onMute'>) {
    this.#pulse = pulse
    pulse.onMute(() => {
      for (const refuse of this.#reads) refuse()
    })
  }

  /** The same object, each of whose methods counts from its call to its end. @param reads those that write nothing */
  guarded<T extends object>(part: T, reads: readonly (keyof T)[] = []): T {
    const names = new Set<PropertyKey>(reads)
    return new Proxy(part, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...given: readonly unknown[]) => {
          const work = async (): Promise<unknown> => value.apply(target, given)
          return names.has(name) ? this.#read(work) : this.whole(work)
        }
      },
    })
  }

  /** Work of several operations. */
  whole<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'))
    return this.#pulse.isMute ? Promise.reject(mute()) : this.#counted(work)
  }

  /** What it would have said yet is dropped when it is refused. */
  async #read<T>(work: () => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>()
    const refuse = (): void => late.reject(mute())
    this.#reads.add(refuse)
    try {
      return await Promise.race([this.whole(work), late.promise])
    } finally {
      this.#reads.delete(refuse)
    }
  }

  #counted<T>(work: () => Promise<T>): Promise<T> {
    const begun = work()
    this.#pending.add(begun)
    const drop = (): void => {
      this.#pending.delete(begun)
    }
    begun.then(drop, drop)
    return begun
  }

  /** Does something, a little later, that nobody waits for but the end. */
  background(work: () => Promise<unknown>): void {
    this.#later.push(work)
    if (this.#closed) this.#beginLater()
    else this.#timer ??= setTimeout(() => this.#beginLater(), lingerFor)
  }

  #beginLater(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    for (const work of this.#later.splice(0)) this.#counted(work).catch(() => {})
  }

  /** Lets no more in; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#beginLater()
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
  }
}

const mute = (): Error => away(new Error('The server is mute.'))

/**
 * Does an operation that may be done twice, until something is decided; the second time and later it is told so, since the
 * one before may have been done.
 * @throws UNAVAILABLE when the server does not answer
 */
export async function asked<T>(operation: (again: boolean) => Promise<T>): Promise<T> {
  const began = performance.now()
  for (let again = false; ; again = true) {
    try {
      return await operation(again)
    } catch (error) {
      if (!isUndecided(error)) throw error
      if (performance.now() - began > patience) throw away(error)
      await sleep(pause)
    }
  }
}
