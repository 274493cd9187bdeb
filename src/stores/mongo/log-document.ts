import { z } from 'zod'
import { type LogChunk, type StreamName, streams } from '../../model/log.ts'
import { reader, type Stored } from './stored.ts'

/** Numbers are padded in ids, so that the chunks of a run lie in sequence, attempts in turn: the one index that they need. */
const [attemptDigits, seqDigits] = [7, 12]
const padded = (number: number, digits: number): string => String(number).padStart(digits, '0')
export const attemptPrefix = (runId: string, attempt: number): string => `${runId}:${padded(attempt, attemptDigits)}:`
export const chunkId = (runId: string, attempt: number, seq: number): string =>
  attemptPrefix(runId, attempt) + padded(Math.min(seq, 10 ** seqDigits - 1), seqDigits)

/** A chunk's numbers. `lines`: the highest line number begun in it or before it. `size`: bytes. */
export interface ChunkNumbers {
  readonly attempt: number
  readonly seq: number
  readonly stream: StreamName
  readonly offset: number
  readonly pos: number
  readonly lines: number
  readonly size: number
}

const Numbers = z.object({
  attempt: z.number(),
  seq: z.number(),
  stream: z.enum(streams),
  offset: z.number(),
  pos: z.number(),
  lines: z.number(),
  size: z.number(),
})

export const readNumbers: (document: unknown) => ChunkNumbers = reader('chunk of a log', Numbers)

export const readChunk: (document: unknown) => LogChunk = reader(
  'chunk of a log',
  Numbers.extend({
    run_id: z.string(),
    line: z.number(),
    cont: z.boolean(),
    ts: z.number(),
    bytes: z.instanceof(Uint8Array),
  }).transform(({ run_id, attempt, seq, stream, offset, pos, line, cont, ts, bytes }) => {
    return { run_id, attempt, seq, stream, offset, pos, line, cont, ts, bytes }
  }),
)

/** @param lines the highest line number begun in the chunk or before it */
export function chunkDocument(chunk: LogChunk, lines: number): Stored {
  const { run_id, attempt, seq, bytes } = chunk
  const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { ...chunk, _id: chunkId(run_id, attempt, seq), lines, size: own.length, bytes: own }
}

/** Bytes before a chunk: of both streams (null), or of one. */
export function bytesBefore(chunk: ChunkNumbers, stream: StreamName | null): number {
  if (stream === null) return chunk.pos
  return chunk.stream === stream ? chunk.offset : chunk.pos - chunk.offset
}

/** The number of the last line that a chunk begins or goes on with. */
export function lastLine({ line, cont, bytes }: LogChunk): number {
  if (bytes.length === 0) return cont ? line : line - 1
  let ends = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends += 1
  return line + ends - (bytes.at(-1) === 10 ? 1 : 0)
}
