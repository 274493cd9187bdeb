import type { Run } from './run.ts'
import type { Millis } from './time.ts'

/** What a part of the program tells of its own work, to whoever measures. Each call costs next to nothing. */
export interface Meter {
  /** Runs that ended; each once, but for a crash. */
  ended(runs: readonly Run[]): void
  /** Runs that were given to a worker. */
  dispatched(runs: readonly Run[], now: Millis): void
  /** A tick was decided, so long after its time. */
  ticked(domain: string, lag: Millis): void
}

/** Nobody measures. */
export const noMeter: Meter = { ended() {}, dispatched() {}, ticked() {} }

/** How things stand, as it is asked for. */
export interface Vitals {
  /** What waits for a worker now: due, and held by nothing. `since`: when the oldest of it became due. */
  readonly queues: readonly { readonly domain: string; readonly depth: number; readonly since: Millis }[]
  readonly workers: readonly {
    readonly domain: string
    readonly isOnline: boolean
    readonly slots: number
    readonly used: number
  }[]
  /** ms since each loop last finished a pass. */
  readonly loops: readonly { readonly name: string; readonly age: Millis }[]
  readonly now: Millis
}
