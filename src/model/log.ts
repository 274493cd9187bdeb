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
