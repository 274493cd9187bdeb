import type { LogChunkDocument, LogLinesDocument, StreamName } from '../../../../src/client/index.ts'
import { groupMarkOf } from './log-folds.ts'

/** A line of a log, as far as it was read. */
export interface BookLine {
  readonly n: number
  /** Unix seconds. */
  readonly ts: number
  readonly stream: StreamName
  readonly text: string
  readonly cut: boolean
  /** The number of the chunk up to which the text is known: what an earlier one tells is in it already. */
  readonly asOf: number
}

/** Lines that are fetched together, from 1, 401, 801, … */
export const pageLength = 400

/** Longer lines are cut, as the server cuts them. */
const longestLine = 16_384

/**
 * What is known of an attempt's log: lines by number, in any places. Pages and the stream may come in any order and overlap: each
 * says up to which chunk it knows, so nothing is missing and nothing is there twice.
 */
export class LogBook {
  readonly attempt: number
  readonly #lines = new Map<number, BookLine>()
  /** The lines that begin or end a group: whether they begin one. */
  readonly #marks = new Map<number, boolean>()
  #total = 0
  #complete = false
  #version = 0
  readonly #listeners = new Set<() => void>()

  constructor(attempt: number) {
    this.attempt = attempt
  }

  get total(): number {
    return this.#total
  }

  /** Whether it grows no more. */
  get complete(): boolean {
    return this.#complete
  }

  /** Another with each change. */
  get version(): number {
    return this.#version
  }

  line(n: number): BookLine | undefined {
    return this.#lines.get(n)
  }

  /** All lines that are known. */
  known(): IterableIterator<BookLine> {
    return this.#lines.values()
  }

  /** Lines known to begin a group (true) or to end one, by number. */
  get marks(): ReadonlyMap<number, boolean> {
    return this.#marks
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The first line of each page that these lines lie on and that is not known whole. */
  missing(from: number, to: number): readonly number[] {
    const starts: number[] = []
    const first = Math.floor((Math.max(from, 1) - 1) / pageLength) * pageLength + 1
    for (let start = first; start <= Math.min(to, this.#total); start += pageLength)
      if (this.#firstGap(start) !== null) starts.push(start)
    return starts
  }

  /** The first line of a page that is not known. */
  #firstGap(start: number): number | null {
    for (let n = start; n < start + pageLength && n <= this.#total; n += 1) if (!this.#lines.has(n)) return n
    return null
  }

  /** Where a page that came short is to be gone on with. */
  gapIn(start: number): number | null {
    return this.#firstGap(start)
  }

  /** Lines by number, as the server answered. */
  takePage({ attempt, lines, total_lines, complete, last_event_id }: LogLinesDocument): void {
    if (attempt !== this.attempt) return
    const asOf = seqOf(last_event_id)
    for (const line of lines) {
      const known = this.#lines.get(line.n)
      if (known === undefined || known.asOf < asOf) this.#keep({ ...line, asOf })
    }
    this.#total = Math.max(this.#total, total_lines)
    this.#complete ||= complete
    this.#changed()
  }

  /** A piece of the stream; its lines follow each other. */
  takeChunk({ attempt, seq, stream, text, line, ts, cont }: LogChunkDocument): void {
    if (attempt !== this.attempt) return
    const pieces = text.split('\n')
    // Behind the last line feed nothing has begun yet.
    const begun = pieces.at(-1) === '' ? pieces.length - 1 : pieces.length
    for (let at = 0; at < begun; at += 1) {
      const n = line + at
      const isWhole = at < pieces.length - 1
      // It goes on with a line that is not here: the page that has it will have this, too.
      if (at === 0 && cont && !this.#lines.has(n)) continue
      this.#append({ n, ts, stream, text: pieces[at] ?? '', cut: false, asOf: seq }, isWhole)
    }
    // A line feed alone ends the line that was open, and begins none.
    this.#total = Math.max(this.#total, line + Math.max(begun, 1) - 1)
    this.#changed()
  }

  /** The attempt is over. */
  end(): void {
    this.#complete = true
    this.#changed()
  }

  #append(piece: BookLine, isWhole: boolean): void {
    const known = this.#lines.get(piece.n)
    if (known !== undefined && known.asOf >= piece.asOf) return
    const text = known === undefined ? piece.text : known.cut ? known.text : known.text + piece.text
    const cut = known?.cut === true || text.length > longestLine
    const shown = cut ? text.slice(0, longestLine) : text
    const line = isWhole && !cut ? shown.replace(/\r$/, '') : shown
    this.#keep({ ...(known ?? piece), text: line, cut, asOf: piece.asOf })
  }

  #keep(line: BookLine): void {
    this.#lines.set(line.n, line)
    const mark = groupMarkOf(line.text)
    if (mark === null) this.#marks.delete(line.n)
    else this.#marks.set(line.n, mark.begins)
  }

  #changed(): void {
    this.#version += 1
    for (const tell of this.#listeners) tell()
  }
}

/** `2-17` → 17: the number of the chunk that an event's id names. */
const seqOf = (id: string | null): number => Number(id?.split('-')[1] ?? 0)
