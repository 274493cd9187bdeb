import type { Millis } from './time.ts'

export const streams = ['stdout', 'stderr'] as const
export type StreamName = (typeof streams)[number]

/** The newest bytes of each stream that a run keeps in itself; the whole log lives apart. */
export const keptTail = 64 * 1024

/** How much of a kept stream a list shows, in characters, unless `tail=` says otherwise. */
export const listedTail = 4096

/**
 * A piece of one stream of one attempt, as bytes. Numbers are absolute and per attempt, so that a chunk may be told
 * twice without harm.
 */
export interface LogChunk {
  readonly run_id: string
  readonly attempt: number
  /** From 1, over both streams, without gaps. */
  readonly seq: number
  readonly stream: StreamName
  /** Bytes of this stream before this chunk. */
  readonly offset: number
  /** Bytes of both streams before this chunk. */
  readonly pos: number
  /** The number, from 1, of the line that the chunk begins with; the lines within a chunk follow each other. */
  readonly line: number
  /** The chunk goes on with a line that an earlier chunk of its stream began. */
  readonly cont: boolean
  /** When its first byte was read. */
  readonly ts: Millis
  readonly bytes: Uint8Array
}

/** A line longer than this comes cut, in bytes. */
export const longestLine = 16 * 1024

/** Lines and hits of one answer, at most. */
export const longestLogPage = 1000

/**
 * A line as it is shown. Its text is what stands before its line feed, without a carriage return just before that,
 * decoded as UTF-8; bytes that are none show as U+FFFD.
 */
export interface LogLine {
  /** From 1, over both streams of an attempt. */
  readonly n: number
  /** When the first byte of the chunk that it begins in was read. */
  readonly ts: Millis
  readonly stream: StreamName
  readonly text: string
  /** The line is longer than its text. */
  readonly cut: boolean
}

/** What is looked for in the lines of a log. */
export interface LogQuery {
  /** A text without line breaks, or an expression of RE2's language for one line. */
  readonly q: string
  readonly regex: boolean
  /** Whether upper and lower case differ. */
  readonly case: boolean
  /** Lines of this stream alone; null: of both. */
  readonly stream: StreamName | null
}

/** A line that matches. */
export interface LogHit extends LogLine {
  /** Where in the text, in UTF-16 units, from and up to; none where what matches lies beyond a cut. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}
