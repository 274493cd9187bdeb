import type { MongoClient } from 'mongodb'
import type { Millis } from '../../model/time.ts'

/** How often it is looked whether the server answers. ms */
const lookEvery: Millis = 500
/** A heartbeat that is under way at so many looks after each other is overdue. */
const mostLooks = 6

/**
 * Whether the server that takes writes is mute: it is connected, and has not answered the driver's heartbeat, which has a connection
 * of its own, for three seconds. The driver itself gives it up only after ten, since what is under way may still succeed. Looks
 * are counted, not time: a process that was stopped itself would take its own silence for the server's.
 */
export class Pulse {
  /** Heartbeats under way, by the server's address: the looks that they lasted. */
  readonly #looks = new Map<string, number>()
  readonly #told = new Set<() => void>()
  #writable: readonly string[] = []

  constructor(client: MongoClient) {
    client.on('serverHeartbeatStarted', ({ connectionId }) => this.#looks.set(connectionId, 0))
    client.on('serverHeartbeatSucceeded', ({ connectionId }) => this.#looks.delete(connectionId))
    client.on('serverHeartbeatFailed', ({ connectionId }) => this.#looks.delete(connectionId))
    client.on('topologyDescriptionChanged', ({ newDescription: { servers } }) => {
      this.#writable = [...servers.values()].filter(({ isWritable }) => isWritable).map(({ address }) => address)
    })
    const timer = setInterval(() => this.#look(), lookEvery).unref()
    client.on('topologyClosed', () => clearInterval(timer))
  }

  get isMute(): boolean {
    const isOverdue = (address: string): boolean => (this.#looks.get(address) ?? 0) >= mostLooks
    return this.#writable.length > 0 && this.#writable.every(isOverdue)
  }

  /** Calls back at each look that finds it mute. */
  onMute(told: () => void): void {
    this.#told.add(told)
  }

  #look(): void {
    for (const [address, looks] of this.#looks) this.#looks.set(address, looks + 1)
    if (this.isMute) for (const told of this.#told) told()
  }
}
