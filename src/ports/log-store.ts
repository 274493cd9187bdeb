import type { LogChunk, LogHit, LogLine, LogQuery, StreamName } from '../model/log.ts'
import type { Millis } from '../model/time.ts'

/** Where to read in a log: after a chunk, in sequence, attempts in turn. */
export interface LogCursor {
  readonly attempt: number
  readonly seq: number
}

/** One attempt's log. */
export interface LogName {
  readonly run_id: string
  readonly attempt: number
}

/** How much there is of an attempt's log: bytes by stream, lines of both, and the sequence of its newest chunk. */
export interface LogSize {
  readonly attempt: number
  readonly stdout: number
  readonly stderr: number
  readonly lines: number
  readonly seq: number
}

/** Reads of chunks, each of them small. */
export interface LogChunks {
  /** Chunks after the cursor until `bytes` are gathered (at least one chunk if there is one), or `chunks` of them. */
  read(
    runId: string,
    after: LogCursor,
    bytes: number,
    only?: {
      readonly stream?: StreamName | null
      readonly attempt?: number | null
      /** At most so many: output that came in drops makes chunks of a byte. */
      readonly chunks?: number
    },
  ): Promise<readonly LogChunk[]>
  /** The newest chunk of an attempt, or null. */
  last(runId: string, attempt: number): Promise<LogChunk | null>
  /** What a range, a Content-Length and a page of lines are reckoned from, per attempt and in order. */
  size(runId: string): Promise<readonly LogSize[]>
  /** The chunk that holds byte `pos` of an attempt's log (of one stream, or of both), or null. */
  at(runId: string, attempt: number, pos: number, stream: StreamName | null): Promise<LogChunk | null>
  /**
   * The sequence of the first chunk by whose end this line, or one with a higher number, has begun; null where none has.
   * No line from `line` on begins before it. Mongo: each chunk keeps the highest number so far; index {run_id, attempt, seq}
   * bisected, or {run_id, attempt, lines}.
   */
  reaching(runId: string, attempt: number, line: number): Promise<number | null>
}

/** Lines by number. */
export interface LogLines {
  readonly lines: readonly LogLine[]
  /** Numbers given so far. A number may have no line: what it stood for could not be kept. */
  readonly total: number
  /** The newest chunk that was looked at: what comes after it is not in the lines. */
  readonly seq: number
}

/** How far a walk through the lines of an attempt's log has come. Plain data: it crosses threads. */
export interface WalkState {
  /** Chunks up to this one have given their lines. */
  readonly seq: number
  /** The number of the next line, or of the one that `rest` is of. */
  readonly line: number
  /** A line so long that it comes in pieces, and the offset in its stream where the next of them begins. */
  readonly rest: { readonly stream: StreamName; readonly offset: number; readonly ts: Millis } | null
}

/** How far a search has come; opaque to all but who searches. */
export interface SearchState {
  readonly walk: WalkState
  /** Of the line that comes in pieces: its beginning, the end of the piece before, and whether it matched already. */
  readonly long: { readonly head: Uint8Array; readonly before: Uint8Array; readonly matched: boolean } | null
  /** What there was when the search began: later chunks are not looked at. */
  readonly upTo: { readonly seq: number; readonly lines: number }
}

/** What a search found in its slice of time. */
export interface SearchSlice {
  /** Matching lines in order, at most as many as were wanted. */
  readonly hits: readonly LogHit[]
  /** All matching lines of the slice. */
  readonly matched: number
  /** The last line that was looked at. */
  readonly reached: number
  /** Lines that there were when the search began. */
  readonly lines: number
  /** Where to go on; `over`: nothing is left. */
  readonly state: SearchState
  readonly over: boolean
}

/**
 * Reads of a whole log, or of much of it. Each call is a piece of work with a bound, done apart from the event loop that
 * serves; the caller sees to it that no more than `readsAtOnce` are under way. Where a log is not there, or not any more,
 * it is empty. Mongo: the same work (src/stores/logs) over its own chunks, in threads of its own.
 */
export interface LogReads {
  /** @param from a line's number; below zero it counts from the end  @param count at most; texts of a MiB, too, are enough */
  lines(log: LogName, from: number, count: number): Promise<LogLines>
  /**
   * Searches on for about `ms`, and for a line at least. @param from a line's number, or where an earlier slice ended
   * @throws INVALID for what is not RE2's language
   */
  search(log: LogName, query: LogQuery, from: number | SearchState, most: SliceBudget): Promise<SearchSlice>
  /**
   * Searches the logs of runs in turn, of each the newest attempt first, for about `ms`, until one has a line that matches.
   * @param below of the first run only the attempts below this one; null: all of them  @throws INVALID
   */
  searchNext(runs: readonly string[], below: number | null, query: LogQuery, most: SliceBudget): Promise<SearchedRuns>
  /** Bytes of one stream or of both, from `from` up to, not including, `to`, or as many of them as make a page. */
  bytes(log: LogName, stream: StreamName | null, from: number, to: number): Promise<Uint8Array>
}

/** How far a search through the logs of runs has come. */
export interface SearchedRuns {
  /** Runs that it is through with. */
  readonly passed: number
  /** Of the next run, the last attempt that was searched or begun; null: none. */
  readonly attempt: number | null
  /** What was found in that attempt so far; null: it has no match. */
  readonly slice: SearchSlice | null
}

export interface SliceBudget {
  readonly ms: number
  readonly hits: number
  /** Characters of text in the hits; at least one hit is given all the same. */
  readonly text: number
  /** Whether to stop at the last wanted hit instead of counting on. */
  readonly enough: boolean
}

/** Reads of much that a store does side by side. */
export const readsAtOnce = 3

export interface LogStore extends LogChunks, LogReads {
  /** Durable when it resolves; a chunk that is there is passed over. Mongo: unordered insertMany, _id = run:attempt:seq. */
  append(chunks: readonly LogChunk[]): Promise<void>
}
