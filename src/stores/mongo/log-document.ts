import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
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
  seq: z.number(),
  stream: z.enum(streams),
  offset: z.number(),
  pos: z.number(),
  line: z.number(),
  cont: z.boolean(),
  ts: z.number(),
  lines: z.number(),
  size: z.number(),
})
type Piece = z.infer<typeof Numbers>

const readOne = reader('chunk of a log', Numbers.extend({ run_id: z.string(), attempt: z.number() }))
const readBlock = reader(
  'block of a log',
  z.object({ run_id: z.string(), attempt: z.number(), first: z.number(), pieces: z.array(Numbers).min(1) }),
)
const readKind = reader('chunk of a log', z.object({ pieces: z.unknown().optional() }))
const bytesIn = reader('chunk of a log', z.object({ bytes: z.instanceof(Uint8Array) }))

/** What a document holds without its bytes: one chunk, or those of a block, in sequence. */
export function numbersIn(document: unknown): readonly (ChunkNumbers & { readonly run_id: string })[] {
  if (readKind(document).pieces === undefined) return [readOne(document)]
  const { run_id, attempt, pieces } = readBlock(document)
  return pieces.map((piece) => ({ ...piece, run_id, attempt }))
}

/** The chunks in a document. */
export async function chunksIn(document: unknown): Promise<readonly LogChunk[]> {
  const { bytes } = bytesIn(document)
  if (readKind(document).pieces === undefined) {
    const { lines: _, size: __, ...chunk } = readOne(document)
    return [{ ...chunk, bytes }]
  }
  const { run_id, attempt, pieces } = readBlock(document)
  const all = await promisify(inflate)(bytes)
  let at = 0
  return pieces.map(({ lines: _, size, ...piece }) => {
    at += size
    return { ...piece, run_id, attempt, bytes: all.subarray(at - size, at) }
  })
}

/** Blocks lie behind their last chunk, so whoever looks for a chunk, or what comes after one, meets the block that has it. */
export const blockId = (runId: string, attempt: number, last: number): string => `${chunkId(runId, attempt, last)}z`

/** Chunks that follow each other, as one compressed document. */
export async function blockDocument(documents: readonly Stored[]): Promise<Stored> {
  const pieces: Piece[] = documents.map((document) => Numbers.parse(document))
  const { run_id, attempt } = readOne(documents[0])
  const [first, last] = [pieces[0]?.seq ?? 0, pieces.at(-1)?.seq ?? 0]
  const bytes = await promisify(deflate)(Buffer.concat(documents.map((document) => bytesIn(document).bytes)))
  return { _id: blockId(run_id, attempt, last), run_id, attempt, first, pieces, size: bytes.length, bytes }
}

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
