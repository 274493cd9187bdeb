import process from 'node:process'
import { readClientConfig } from '../runtime/client-config.ts'
import type { Column } from './table.ts'

/** How a command prints what it found. */
export interface OutputChoice {
  readonly json?: boolean
  readonly jsonl?: boolean
}

/** Where data goes: standard output, and nothing else does. Everything that is said besides goes to standard error. */
export class Output {
  readonly format: 'json' | 'jsonl' | 'text'
  /** Whether a person reads what is printed. */
  readonly isTerminal = process.stdout.isTTY === true
  readonly colors: boolean
  #isClosed = false
  #whenClosed: () => void = () => {}

  constructor({ json = false, jsonl = false }: OutputChoice = {}) {
    this.format = jsonl ? 'jsonl' : json ? 'json' : 'text'
    this.colors = this.isTerminal && !readClientConfig().noColor
    // What else may go wrong with it is thrown by `main`.
    process.stdout.on('error', () => {
      this.#isClosed = true
      this.#whenClosed()
    })
  }

  /** Nobody reads any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Calls once when nobody reads any more. */
  onClosed(act: () => void): void {
    this.#whenClosed = act
    if (this.#isClosed) act()
  }

  /** Resolves when there is room for more. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.#isClosed || text.length === 0 || process.stdout.write(text)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        process.stdout.off('drain', done).off('error', done).off('close', done)
        resolve()
      }
      process.stdout.on('drain', done).on('error', done).on('close', done)
    })
  }

  /** Says something that is no data. */
  say(sentence: string): void {
    process.stderr.write(`${sentence}\n`)
  }

  /** What came of an act that has no rows: an object for programs, a sentence for people. */
  async outcome(thing: object, sentence: string): Promise<void> {
    if (this.format === 'text') this.say(sentence)
    else await this.one(thing, [])
  }

  /** One thing: an object, or the line that stands for it. */
  async one<T>(thing: T, columns: readonly Column<T>[]): Promise<void> {
    if (this.format !== 'text') return this.write(`${JSON.stringify(thing, null, this.format === 'json' ? 2 : 0)}\n`)
    await this.#rows([thing], columns)
  }

  /** A list: an array, an object a line, or a line for each. */
  async list<T>(things: AsyncIterable<T> | Iterable<T>, columns: readonly Column<T>[]): Promise<number> {
    if (this.format === 'text') return this.#lines(things, columns)
    let count = 0
    const isArray = this.format === 'json'
    for await (const thing of things) {
      if (this.#isClosed) return count
      const before = isArray ? (count === 0 ? '[\n' : ',\n') : ''
      await this.write(`${before}${JSON.stringify(thing)}${isArray ? '' : '\n'}`)
      count += 1
    }
    if (isArray) await this.write(count === 0 ? '[]\n' : '\n]\n')
    return count
  }

  async #lines<T>(things: AsyncIterable<T> | Iterable<T>, columns: readonly Column<T>[]): Promise<number> {
    let count = 0
    let rows: T[] = []
    for await (const thing of things) {
      if (this.#isClosed) return count
      rows.push(thing)
      count += 1
      // For a person all rows are aligned with each other; for a program each is printed as it comes.
      if (this.isTerminal) continue
      await this.#rows(rows, columns)
      rows = []
    }
    if (rows.length > 0) await this.#rows(rows, columns)
    return count
  }

  async #rows<T>(rows: readonly T[], columns: readonly Column<T>[]): Promise<void> {
    const { aligned, tabbed } = await import('./table.ts')
    const width = process.stdout.columns || 80
    const lines = this.isTerminal
      ? aligned(rows, columns, { width, colors: this.colors, now: Date.now() })
      : rows.map((row) => tabbed(row, columns))
    await this.write(lines.map((line) => `${line}\n`).join(''))
  }
}
