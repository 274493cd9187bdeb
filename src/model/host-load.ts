import type { Millis } from './time.ts'

/** How busy a worker's machine is, as the worker finds it; where it may use a part of it alone, that part. */
export interface HostLoad {
  /** Processes that ran or were ready to, on average over a minute; null where the system does not count them (Windows). */
  readonly load_average: number | null
  /** Bytes that processes could still be given, and all that there are. */
  readonly memory_free: number
  readonly memory_total: number
}

/** One of them, by the control plane's clock. */
export interface HostSample extends HostLoad {
  readonly at: Millis
}

const minute: Millis = 60_000
const kept = 60

/** How far back samples tell. */
export const samplesSpan: Millis = kept * minute

/** A worker tells no more often. */
export const sampleEvery: Millis = minute

/** Where the sample of a moment is kept: it takes the place of the one of an hour before. Pure. */
export const placeOf = (at: Millis): string => `m${Math.floor(at / minute) % kept}`
