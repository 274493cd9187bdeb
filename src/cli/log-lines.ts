import type { LogChunkDocument, StreamName } from '../client/index.ts'

/** A line of a log, whole. */
export interface LogLine {
  readonly attempt: number
  /** Its number in its attempt, from 1. */
  readonly n: number
  /** When its first byte was read. ISO 8601, UTC. */
  readonly ts: string
  readonly stream: StreamName
  /** Without its line feed, and a carriage return just before that. */
  readonly text: string
}

/** Joins the pieces of a log to lines. Those of one stream may come between the pieces of a line of the other. */
export class LineJoiner {
  readonly #begun = new Map<string, LogLine>()

  /** The lines that a piece completes. */
  push({ attempt, stream, line, ts, text }: LogChunkDocument): readonly LogLine[] {
    const key = `${attempt}:${stream}`
    const pieces = text.split('\n')
    const rest = pieces.pop() ?? ''
    const begun = this.#begun.get(key)
    const lineAt = (at: number, piece: string): LogLine =>
      at === 0 && begun
        ? { ...begun, text: begun.text + piece }
        : { attempt, n: line + at, ts: new Date(ts * 1000).toISOString(), stream, text: piece }
    const whole = pieces
      .map((piece, at) => lineAt(at, piece))
      .map((one) => ({ ...one, text: one.text.replace(/\r$/, '') }))
    if (rest === '' && (pieces.length > 0 || !begun)) this.#begun.delete(key)
    else this.#begun.set(key, lineAt(pieces.length, rest))
    return whole
  }

  /** The lines that were begun and will not be completed. */
  end(): readonly LogLine[] {
    const rest = [...this.#begun.values()].sort((one, other) => one.attempt - other.attempt || one.n - other.n)
    this.#begun.clear()
    return rest
  }
}

/** Which lines are shown. */
export interface LineChoice {
  /** Null: both. */
  readonly stream: StreamName | null
  /** Null: all. */
  readonly attempts: ReadonlySet<number> | null
  /** Null: from the beginning; else lines that began at this time or later. ms */
  readonly since: number | null
  readonly grep: RegExp | null
}

/** Whether a piece of a log, or a line, can be among what is chosen. Pure. */
export const isChosen = (
  { stream, attempt }: Pick<LogLine, 'stream' | 'attempt'>,
  choice: Pick<LineChoice, 'stream' | 'attempts'>,
): boolean => (choice.stream === null || choice.stream === stream) && (choice.attempts?.has(attempt) ?? true)

/** Whether a line is shown. Pure. */
export const isShown = (line: LogLine, choice: LineChoice): boolean =>
  isChosen(line, choice) &&
  (choice.since === null || Date.parse(line.ts) >= choice.since) &&
  (choice.grep === null || choice.grep.test(line.text))

/** Keeps the last of what it is given. */
export class Last<T> {
  readonly #count: number
  #kept: T[] = []

  constructor(count: number) {
    this.#count = count
  }

  push(one: T): void {
    this.#kept.push(one)
    // Let go of in bulk: shifting each time would move all the others.
    if (this.#kept.length > 2 * this.#count + 1000) this.#kept = this.all()
  }

  all(): T[] {
    return this.#count === 0 ? [] : this.#kept.slice(-this.#count)
  }
}
