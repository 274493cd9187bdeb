import { type LogChunk, type StreamName, streams } from './log.ts'
import type { Millis } from './time.ts'

/** Where the log of an attempt ends. */
export interface LogEnd {
  readonly run_id: string
  readonly attempt: number
  /** Of the newest chunk; 0: there is none. */
  readonly seq: number
  /** Of both streams. */
  readonly lines: number
  /** Bytes of each stream. */
  readonly sizes: Readonly<Record<StreamName, number>>
  /** The number of the line that each stream's last bytes left unfinished, or null. */
  readonly open: Readonly<Record<StreamName, number | null>>
}

/** A line of our own at the end of stderr, as chunks. Lines that were cut end first: it stands alone in both streams. */
export function noteAt(end: LogEnd, text: string, ts: Millis): readonly LogChunk[] {
  const { run_id, attempt, sizes, open } = end
  const chunks: LogChunk[] = []
  let [seq, pos] = [end.seq, sizes.stdout + sizes.stderr]
  const push = (stream: StreamName, line: number, words: string): void => {
    const before = chunks.filter((chunk) => chunk.stream === stream).reduce((sum, { bytes }) => sum + bytes.length, 0)
    const [bytes, cont] = [Buffer.from(words), words === '\n']
    seq += 1
    chunks.push({ run_id, attempt, seq, stream, offset: sizes[stream] + before, pos, line, cont, ts, bytes })
    pos += bytes.length
  }
  for (const stream of streams) {
    const line = open[stream]
    if (line !== null) push(stream, line, '\n')
  }
  push('stderr', end.lines + 1, `${text}\n`)
  return chunks
}

/** The number of the line that the last chunk of a stream leaves unfinished, or null. */
export function openLine(last: Pick<LogChunk, 'line' | 'bytes'> | null): number | null {
  if (last === null || last.bytes.length === 0 || last.bytes.at(-1) === 10) return null
  return last.line + last.bytes.filter((byte) => byte === 10).length
}
