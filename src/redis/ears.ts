import type { Millis } from '../model/time.ts'
import { type Client, leave } from './clients.ts'

/** How often the listening connection is tried: a connection that only listens would not notice that it is dead. */
const tryEvery: Millis = 5000

/** Hears a message; null: some may have been missed. */
export type Told = (message: string | null) => void

/**
 * Listens to channels over one connection of its own. Messages are hints: after each gap everyone is told that some may
 * have been missed, and while there is no connection whoever waits looks for himself now and then.
 */
export class Ears {
  readonly #client: Client
  readonly #told = new Map<string, Set<Told>>()
  readonly #heard = new Map<string, Promise<void>>()
  readonly #timer: NodeJS.Timeout

  constructor(client: Client) {
    this.#client = client
    client.on('message', (channel: string, message: string) => {
      for (const told of this.#told.get(channel) ?? []) told(message)
    })
    client.on('ready', () => this.#begin())
    // Whatever this finds, the client itself acts on it: a dead connection is closed and made anew.
    this.#timer = setInterval(() => client.ping().catch(() => {}), tryEvery).unref()
  }

  /** Listens to a channel; the callback stops it. Resolves when messages are heard, or while there is no connection at once. */
  async listen(channel: string, told: Told): Promise<() => void> {
    const known = this.#told.get(channel)
    if (known) known.add(told)
    else {
      this.#told.set(channel, new Set([told]))
      this.#heard.set(channel, this.#subscribe([channel]))
    }
    await this.#heard.get(channel)
    return () => this.#stop(channel, told)
  }

  #stop(channel: string, told: Told): void {
    const all = this.#told.get(channel)
    if (!all?.delete(told) || all.size > 0) return
    this.#told.delete(channel)
    this.#heard.delete(channel)
    this.#client.unsubscribe(channel).catch(() => {})
  }

  /** A new connection: it listens to nothing yet, and what was told meanwhile is lost. */
  #begin(): void {
    const channels = [...this.#told.keys()]
    if (channels.length === 0) return
    const subscribed = this.#subscribe(channels)
    for (const channel of channels) this.#heard.set(channel, subscribed)
    subscribed.then(() => {
      for (const channel of channels) for (const told of this.#told.get(channel) ?? []) told(null)
    })
  }

  #subscribe(channels: readonly string[]): Promise<void> {
    // What fails now is made good when the connection is there again.
    return this.#client.subscribe(...channels).then(
      () => {},
      () => {},
    )
  }

  close(): void {
    clearInterval(this.#timer)
    leave(this.#client)
  }
}
