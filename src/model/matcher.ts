import type { Completion, Sightings } from './completion.ts'
import { sightingsOf } from './completion-rules.ts'

/**
 * Looks for a set of texts in a stream of bytes without holding it: between chunks only the last (longest needle − 1)
 * bytes are kept, so that a text torn over any number of chunks is still found. Exact bytes, with case.
 */
export class StreamMatcher {
  readonly #needles: readonly Buffer[]
  readonly #seen: boolean[]
  readonly #keep: number
  #carry: Buffer = Buffer.alloc(0)
  #open: number

  /** @param needles texts, compared as UTF-8; an empty one counts as seen */
  constructor(needles: readonly string[]) {
    this.#needles = needles.map((needle) => Buffer.from(needle, 'utf8'))
    this.#seen = this.#needles.map((needle) => needle.length === 0)
    this.#keep = Math.max(0, ...this.#needles.map((needle) => needle.length - 1))
    this.#open = this.#seen.filter((seen) => !seen).length
  }

  push(chunk: Buffer): void {
    if (this.#open === 0) return
    const window = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk])
    this.#needles.forEach((needle, i) => {
      if (this.#seen[i] || !window.includes(needle)) return
      this.#seen[i] = true
      this.#open -= 1
    })
    // A copy, not a view: a view of 20 bytes would hold the pipe's whole 64 KiB buffer.
    this.#carry = Buffer.from(this.#keep === 0 ? [] : window.subarray(Math.max(0, window.length - this.#keep)))
  }

  /** In the order of the needles. */
  get seen(): readonly boolean[] {
    return this.#seen
  }
}

/** The matchers of both streams of one attempt, by the rules of its job. */
export class OutputMatcher {
  readonly #rules: Completion
  readonly stdout: StreamMatcher
  readonly stderr: StreamMatcher

  constructor(rules: Completion) {
    this.#rules = rules
    this.stdout = new StreamMatcher([...rules.stdout_contains, ...rules.stdout_not_contains])
    this.stderr = new StreamMatcher([...rules.stderr_contains, ...rules.stderr_not_contains])
  }

  get sightings(): Sightings {
    return sightingsOf(this.#rules, this.stdout.seen, this.stderr.seen)
  }
}
