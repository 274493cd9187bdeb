import type { Millis } from '../model/time.ts'
import type { Ears } from './ears.ts'

/** How long a channel is listened to after the last who waited: the next claim comes at once, mostly. */
const lingerFor: Millis = 30_000

interface Channel {
  readonly bells: Set<Bell>
  readonly heard: Promise<() => void>
  leaving: NodeJS.Timeout | null
}

/** One who waits. What rings between two waits is not missed. */
export class Bell {
  /** Resolves when every ring is heard. */
  readonly ready: Promise<unknown>
  readonly #close: (bell: Bell) => void
  #hasRung = false
  #wake: (() => void) | null = null

  constructor(ready: Promise<unknown>, close: (bell: Bell) => void) {
    this.ready = ready
    this.#close = close
  }

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
  }

  /** Resolves when it has rung since the last wait, when the signal aborts, or after `atMost`. */
  async wait(signal: AbortSignal, atMost: Millis): Promise<void> {
    if (!this.#hasRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          this.#wake = null
          resolve()
        }
        const timer = setTimeout(done, atMost)
        signal.addEventListener('abort', done, { once: true })
        this.#wake = done
      })
    }
    this.#hasRung = false
  }

  close(): void {
    this.#close(this)
  }
}

/** Who waits for which channel of Redis. */
export class Bells {
  readonly #ears: Ears
  readonly #channels = new Map<string, Channel>()

  constructor(ears: Ears) {
    this.#ears = ears
  }

  /** A bell that rings with each message of the channel. */
  open(name: string): Bell {
    const channel = this.#channels.get(name) ?? this.#listen(name)
    if (channel.leaving) clearTimeout(channel.leaving)
    channel.leaving = null
    const bell = new Bell(channel.heard, (closed) => this.#close(name, channel, closed))
    channel.bells.add(bell)
    return bell
  }

  /** Rings all: what they wait for will not come. */
  close(): void {
    for (const { bells, leaving } of this.#channels.values()) {
      if (leaving) clearTimeout(leaving)
      for (const bell of bells) bell.ring()
    }
    this.#channels.clear()
  }

  #listen(name: string): Channel {
    const bells = new Set<Bell>()
    const ring = (): void => {
      for (const bell of bells) bell.ring()
    }
    const channel: Channel = { bells, heard: this.#ears.listen(name, ring), leaving: null }
    this.#channels.set(name, channel)
    return channel
  }

  #close(name: string, channel: Channel, bell: Bell): void {
    channel.bells.delete(bell)
    if (channel.bells.size > 0) return
    channel.leaving = setTimeout(() => {
      if (this.#channels.get(name) === channel) this.#channels.delete(name)
      void channel.heard.then((stop) => stop())
    }, lingerFor).unref()
  }
}
