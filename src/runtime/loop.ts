import { HydraError } from '../model/errors.ts'
import type { Log } from './log.ts'

/** What one pass found: whether another should follow at once, and otherwise in how many ms at the latest. */
export interface Pass {
  readonly more: boolean
  readonly nextIn?: number
}

/** Longer sleeps would fire at once: a timer holds at most 2^31 − 1 ms. */
const longestSleep = 2 ** 31 - 1
/** The pause after a pass that failed, ms; doubled with each further failure, up to the longest. */
const shortestRest = 1000
const longestRest = 5000

/**
 * Something done again and again. One pass can be called by a test (`runOnce`); the loop around it only paces: at once
 * when woken or when there is more, else after `every` ms or what the pass itself asks for. Passes never overlap. After
 * one that throws the loop rests, woken or not: a store that is away is not asked again with every submission.
 */
export abstract class Loop {
  readonly name: string
  /** When a pass last ended well, by `performance.now()`. */
  lastPassAt = performance.now()
  readonly #every: number
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #timerAt = 0
  #immediate: NodeJS.Immediate | null = null
  #passing: Promise<void> | null = null
  #woken = false
  #state: 'idle' | 'running' | 'stopped' = 'idle'
  #begun = 0
  #rest = shortestRest
  #isResting = false
  /** The last pass failed since something is away: that is told when it begins, and when it ends. */
  #isCutOff = false
  #waiters: { readonly after: number; readonly resolve: () => void }[] = []

  /** @param options.every ms between passes when nothing wakes it */
  constructor(options: { readonly name: string; readonly every: number; readonly log: Log }) {
    this.name = options.name
    this.#every = options.every
    this.#log = options.log
  }

  /** One pass. What it throws is logged by the loop. */
  abstract runOnce(): Promise<Pass>

  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'running'
    this.lastPassAt = performance.now()
    this.wake()
  }

  /** Ends the loop; resolves when the pass under way has ended, and not to be awaited within one. May be called twice. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#immediate) clearImmediate(this.#immediate)
    this.#timer = null
    this.#immediate = null
    await this.#passing
  }

  /** A pass as soon as this turn of the event loop is over; one that is under way is followed by another. */
  wake(): void {
    if (this.#state !== 'running' || this.#isResting) return
    if (this.#passing) this.#woken = true
    else this.#immediate ??= setImmediate(() => this.#pass())
  }

  /** A pass in `ms` at the latest. */
  wakeIn(ms: number): void {
    if (this.#state !== 'running' || this.#isResting) return
    const at = performance.now() + Math.min(ms, longestSleep)
    if (this.#timer && this.#timerAt <= at) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.wake(), Math.min(ms, longestSleep))
  }

  /** Resolves after the first pass that begins after this call and ends well: what tests wait for. */
  passed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ after: this.#begun, resolve }))
  }

  #pass(): void {
    this.#immediate = null
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#woken = false
    // Begun a moment later, so that a pass that wakes its own loop in its first line finds itself under way.
    this.#passing = Promise.resolve()
      .then(() => this.#paced())
      .finally(() => {
        this.#passing = null
        if (this.#woken) this.wake()
      })
  }

  async #paced(): Promise<void> {
    const number = ++this.#begun
    try {
      const { more, nextIn } = await this.runOnce()
      this.lastPassAt = performance.now()
      this.#rest = shortestRest
      if (this.#isCutOff) this.#log.info('passes end well again', { loop: this.name })
      this.#isCutOff = false
      this.#announce(number)
      if (more) this.#woken = true
      else this.wakeIn(Math.min(nextIn ?? this.#every, this.#every))
    } catch (error) {
      this.#tell(error)
      this.#restAWhile()
    }
  }

  #tell(error: unknown): void {
    const isAway = error instanceof HydraError && error.code === 'UNAVAILABLE'
    if (!isAway) this.#log.error('a pass failed', { loop: this.name, error })
    else if (!this.#isCutOff)
      this.#log.warn('a pass failed; it is tried again until it ends well', { loop: this.name, why: error.message })
    this.#isCutOff ||= isAway
  }

  #announce(number: number): void {
    const told = this.#waiters.filter(({ after }) => number > after)
    this.#waiters = this.#waiters.filter(({ after }) => number <= after)
    for (const { resolve } of told) resolve()
  }

  #restAWhile(): void {
    if (this.#state !== 'running') return
    this.#isResting = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#isResting = false
      this.wake()
    }, this.#rest)
    this.#rest = Math.min(this.#rest * 2, longestRest)
  }
}
