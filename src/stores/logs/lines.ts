import { StringDecoder } from 'node:string_decoder'
import { type LogLine, longestLine } from '../../model/log.ts'
import type { LogChunks, LogLines, LogName, WalkState } from '../../ports/log-store.ts'
import { type Block, LogWalk } from './walk.ts'

/** Characters after which a page is long enough. */
const enoughText = 1024 * 1024
/** A character has at most three bytes for each of its UTF-16 units. */
const surelyShort = Math.floor(longestLine / 3)

/** Lines by number; see `LogReads.lines`. */
export async function readLines(chunks: LogChunks, log: LogName, from: number, count: number): Promise<LogLines> {
  const size = await sizeOf(chunks, log)
  const first = from < 0 ? Math.max(1, size.lines + 1 + from) : from
  const begin = await walkFrom(chunks, log, first, size)
  const lines: LogLine[] = []
  const page = (): LogLines => ({ lines, total: size.lines, seq: size.seq })
  if (begin === null) return page()
  // Longer by a carriage return and a line feed: what is cut here is cut in every case.
  const bounds = { upTo: size.seq, piece: longestLine + 2, firstOnly: true }
  let text = 0
  for await (const block of new LogWalk(chunks, log, bounds, begin).blocks())
    for (const line of linesIn(block)) {
      if (line.n >= first + count) return page()
      lines.push(line)
      text += line.text.length
      if (lines.length >= count || text >= enoughText) return page()
    }
  return page()
}

/** What there is of a log: nothing where it is not there, or not any more. */
export async function sizeOf(chunks: LogChunks, { run_id, attempt }: LogName): Promise<{ lines: number; seq: number }> {
  const size = (await chunks.size(run_id)).find((one) => one.attempt === attempt)
  return { lines: size?.lines ?? 0, seq: size?.seq ?? 0 }
}

/** Where a walk from a line on begins; null where there is no such line. */
export async function walkFrom(
  chunks: LogChunks,
  { run_id, attempt }: LogName,
  line: number,
  size: { readonly lines: number },
): Promise<WalkState | null> {
  if (line > size.lines) return null
  const seq = line === 1 ? 1 : await chunks.reaching(run_id, attempt, line)
  return seq === null ? null : { seq: seq - 1, line, rest: null }
}

function* linesIn(block: Block): Generator<LogLine> {
  const { stream, ts, more } = block
  const text = textOf(block)
  let n = block.line
  for (let at = 0; at < text.length; n += 1) {
    const end = endOfLine(text, at)
    yield { n, ts, stream, ...shownLine(text.slice(at, withoutReturn(text, at, end)), more) }
    at = end + 1
  }
}

/** A block as text. The first bytes of a character whose others are not there yet are left out. */
export function textOf({ bytes, more }: Pick<Block, 'bytes' | 'more'>): string {
  const isOpen = more || bytes.at(-1) !== 10
  return isOpen ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8')
}

/** Where the line ends that goes on at `at`: at its line feed, or with the text. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

/** The end of a line's text: a carriage return before the line feed is no part of it. */
export const withoutReturn = (text: string, from: number, end: number): number =>
  end > from && text[end] === '\n' && text[end - 1] === '\r' ? end - 1 : end

/** A line's text, cut where it is too long. @param more the line is longer than the text */
export function shownLine(text: string, more: boolean): { text: string; cut: boolean } {
  if (text.length <= surelyShort || Buffer.byteLength(text) <= longestLine) return { text, cut: more }
  return { text: new StringDecoder('utf8').write(Buffer.from(text).subarray(0, longestLine)), cut: true }
}
