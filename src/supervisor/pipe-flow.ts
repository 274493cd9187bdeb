import { type StreamName, streams } from '../model/log.ts'
import { attemptLimit, type Budget } from './budget.ts'
import type { Output } from './output.ts'
import type { Pipe } from './processes.ts'

/**
 * Reads a job's two pipes into its output, and stops reading while too much is unacknowledged: the pipe fills, and the
 * job waits in its write. Once the job is dead it reads to the end, whatever the limits say: that is a pipe's content at most.
 */
export class PipeFlow {
  readonly #pipes: readonly Pipe[]
  readonly #output: Output
  readonly #budget: Budget
  readonly #onEnded: () => void
  readonly #wake = (): void => this.#resumeIfRoom()
  #open = 2
  #paused = false
  #drains = false
  /** What the budget holds for us. */
  #counted = 0

  /** @param onEnded both pipes are at their end, nothing more comes */
  constructor(pipes: Readonly<Record<StreamName, Pipe>>, output: Output, budget: Budget, onEnded: () => void) {
    this.#pipes = [pipes.stdout, pipes.stderr]
    this.#output = output
    this.#budget = budget
    this.#onEnded = onEnded
    for (const stream of streams)
      pipes[stream].listen(
        (bytes) => this.#read(stream, bytes),
        () => this.#ended(),
      )
  }

  get isEnded(): boolean {
    return this.#open === 0
  }

  /** Some output was acknowledged. */
  acked(): void {
    this.#count()
    this.#resumeIfRoom()
  }

  /** The job is dead: what is in its pipes is read without a limit. */
  drain(): void {
    this.#drains = true
    this.#resumeIfRoom()
  }

  /** Whoever holds the other ends: we listen no more. */
  close(): void {
    for (const pipe of this.#pipes) pipe.close()
  }

  /** The attempt is forgotten. */
  release(): void {
    this.#budget.forget(this.#wake)
    this.#budget.give(this.#counted)
    this.#counted = 0
  }

  #read(stream: StreamName, bytes: Buffer): void {
    this.#output.push(stream, bytes)
    this.#count()
    if (this.#paused || this.#drains || this.#hasRoom()) return
    this.#paused = true
    this.#budget.wait(this.#wake)
    for (const pipe of this.#pipes) pipe.pause()
  }

  #resumeIfRoom(): void {
    if (!this.#paused) return
    if (!this.#drains && !this.#hasRoom()) {
      this.#budget.wait(this.#wake)
      return
    }
    this.#paused = false
    this.#budget.forget(this.#wake)
    for (const pipe of this.#pipes) pipe.resume()
  }

  #hasRoom(): boolean {
    return this.#output.unacked < attemptLimit && !this.#budget.isSpent
  }

  #count(): void {
    const change = this.#output.unacked - this.#counted
    this.#counted += change
    if (change > 0) this.#budget.take(change)
    else if (change < 0) this.#budget.give(-change)
  }

  #ended(): void {
    this.#open -= 1
    if (this.#open === 0) this.#onEnded()
  }
}
