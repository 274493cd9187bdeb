import { type LogHit, type LogQuery, longestLine, type StreamName } from '../../model/log.ts'
import type { LogChunks, LogName, SearchedRuns, SearchSlice, SearchState, SliceBudget } from '../../ports/log-store.ts'
import { shownLine, sizeOf, textOf, walkFrom } from './lines.ts'
import { type Matcher, matcherOf } from './matcher.ts'
import { type Block, LogWalk } from './walk.ts'

/** A line that is longer, in bytes, is searched in pieces of about this length... */
const piece = 256 * 1024
/** ...each with so much of the one before: what lies across the seam is found. */
const overlap = 4096

/** One slice of a search; see `LogReads.search`. */
export async function search(
  chunks: LogChunks,
  log: LogName,
  query: LogQuery,
  from: number | SearchState,
  most: SliceBudget,
): Promise<SearchSlice> {
  const until = performance.now() + most.ms
  const sieve = new Sieve(matcherOf(query), query.stream, most)
  const begin = typeof from === 'number' ? await beginning(chunks, log, from) : from
  const { upTo } = begin
  const walk = new LogWalk(chunks, log, { upTo: upTo.seq, piece, firstOnly: false }, begin.walk)
  sieve.long = begin.long
  const found = (over: boolean): SearchSlice => {
    const state = { walk: walk.state, long: sieve.long, upTo }
    return { ...sieve.found(), reached: over ? upTo.lines : state.walk.line - 1, lines: upTo.lines, state, over }
  }
  for await (const block of walk.blocks()) {
    sieve.take(block)
    if (performance.now() >= until || sieve.isFull) return found(false)
  }
  return found(true)
}

/** The logs of several runs in turn; see `LogReads.searchNext`. */
export async function searchNext(
  chunks: LogChunks,
  runs: readonly string[],
  below: number | null,
  query: LogQuery,
  most: SliceBudget,
): Promise<SearchedRuns> {
  const until = performance.now() + most.ms
  // An expression that is none is told though there is no log.
  matcherOf(query)
  let passed = 0
  for (const run_id of runs) {
    const above = passed === 0 ? (below ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    const attempts = (await chunks.size(run_id)).map(({ attempt }) => attempt).filter((attempt) => attempt < above)
    for (const attempt of attempts.reverse()) {
      const slice = await search(chunks, { run_id, attempt }, query, 1, { ...most, ms: until - performance.now() })
      if (slice.matched > 0 || !slice.over) return { passed, attempt, slice }
      if (performance.now() >= until) return { passed, attempt, slice: null }
    }
    passed += 1
    if (performance.now() >= until) break
  }
  return { passed, attempt: null, slice: null }
}

async function beginning(chunks: LogChunks, log: LogName, line: number): Promise<SearchState> {
  const upTo = await sizeOf(chunks, log)
  const begin = await walkFrom(chunks, log, line, upTo)
  return { walk: begin ?? { seq: upTo.seq, line, rest: null }, long: null, upTo }
}

/** Keeps the lines that match, as many as are wanted, and counts them. */
class Sieve {
  readonly #matcher: Matcher
  readonly #stream: StreamName | null
  readonly #most: SliceBudget
  readonly #hits: LogHit[] = []
  #text = 0
  #matched = 0
  /** Of the line that comes in pieces. */
  long: SearchState['long'] = null

  constructor(matcher: Matcher, stream: StreamName | null, most: SliceBudget) {
    this.#matcher = matcher
    this.#stream = stream
    this.#most = most
  }

  get isFull(): boolean {
    return this.#most.enough && !this.#hasRoom
  }

  get #hasRoom(): boolean {
    const { hits, text } = this.#most
    return this.#hits.length < hits && (this.#text < text || this.#hits.length === 0)
  }

  found(): Pick<SearchSlice, 'hits' | 'matched'> {
    return { hits: this.#hits, matched: this.#matched }
  }

  take(block: Block): void {
    // The pieces of a line follow each other: one of the other stream is passed over whole.
    if (this.#stream !== null && block.stream !== this.#stream) return
    if (block.more || block.goesOn) this.#takePiece(block)
    else this.#takeLines(block)
  }

  #takeLines(block: Block): void {
    if (!this.#matcher.mayMatch(block.bytes)) return
    const text = textOf(block)
    // Line numbers are counted up to the hits that are shown, and no further.
    let [counted, n] = [0, block.line]
    for (let line = this.#matcher.next(text, 0); line !== null; line = this.#matcher.next(text, line.after)) {
      this.#matched += 1
      if (this.#hasRoom) {
        for (
          let feed = text.indexOf('\n', counted);
          feed !== -1 && feed < line.start;
          feed = text.indexOf('\n', feed + 1)
        )
          n += 1
        counted = line.start
        this.#keep(block, n, shownLine(text.slice(line.start, line.end), false))
      }
      if (this.isFull || line.after >= text.length) return
    }
  }

  #takePiece(block: Block): void {
    const { head, before, matched } = this.long ?? {
      head: block.bytes.subarray(0, longestLine),
      before: nothing,
      matched: false,
    }
    const bytes = Buffer.concat([before, block.bytes])
    const matches = matched || this.#matcher.next(textOf({ bytes, more: block.more }), 0) !== null
    if (matches && !matched) {
      this.#matched += 1
      if (this.#hasRoom)
        this.#keep(block, block.line, shownLine(textOf({ bytes: Buffer.from(head), more: true }), true))
    }
    // Copies: the bytes of a whole piece must not stay for the sake of their ends.
    this.long = block.more
      ? { head: Buffer.from(head), before: Buffer.from(bytes.subarray(-overlap)), matched: matches }
      : null
  }

  #keep({ stream, ts }: Block, n: number, shown: { readonly text: string; readonly cut: boolean }): void {
    this.#text += shown.text.length
    this.#hits.push({ n, ts, stream, ...shown, ranges: this.#matcher.ranges(shown.text) })
  }
}

const nothing = Buffer.alloc(0)
