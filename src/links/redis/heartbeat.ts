import { setTimeout as wait } from 'node:timers/promises'
import { HydraError } from '../../model/errors.ts'
import type { Millis } from '../../model/time.ts'
import type { OwnQueue, Seated } from '../../redis/own-queue.ts'

/** A Redis that has not taken a heartbeat by then is gone around: its client would wait for seconds, and a lease is short. */
const patience: Millis = 1000

/** A worker's heartbeats in Redis; one that is mute is waited for once, and then not until it answers. */
export class Heartbeat {
  readonly #queue: OwnQueue
  #isMute = false

  constructor(queue: OwnQueue) {
    this.#queue = queue
  }

  /** False where the session is not admitted. @throws UNAVAILABLE while Redis is away, after seconds where it is mute */
  async send(who: Seated): Promise<boolean> {
    const isHere = await this.#queue.renew(who, Date.now())
    this.#isMute = false
    return isHere
  }

  /** What this one is answered; null: Redis is away, or mute. */
  async inTime(sent: Promise<boolean>): Promise<boolean | null> {
    const over = new AbortController()
    const silence = wait(this.#isMute ? 0 : patience, null, { signal: over.signal })
    try {
      const isHere = await Promise.race([sent, silence])
      if (isHere === null) this.#isMute = true
      return isHere
    } catch (error) {
      if (!(error instanceof HydraError && error.code === 'UNAVAILABLE')) throw error
      this.#isMute = true
      return null
    } finally {
      silence.catch(() => {})
      over.abort()
    }
  }
}
