import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogChunks, LogName } from '../../ports/log-store.ts'

/** Chunks of one stream that are read in one go, where a line goes on through many; fewer at first. */
const mostFollowed = 256
const pageBytes = 256 * 1024

const end = ({ offset, bytes }: LogChunk): number => offset + bytes.length

/**
 * The chunks of a stream from the one on that holds this byte, as long as they go on with its line.
 * @param ahead chunks at hand, in sequence, that are looked through first  @param upTo the last chunk to look at
 */
export async function* follow(
  chunks: LogChunks,
  { run_id, attempt }: LogName,
  ahead: readonly LogChunk[],
  { stream, offset, upTo }: { readonly stream: StreamName; readonly offset: number; readonly upTo: number },
): AsyncGenerator<LogChunk> {
  let at = offset
  const isNext = (chunk: LogChunk): boolean =>
    chunk.seq <= upTo && (chunk.offset === at ? chunk.cont : chunk.offset < at && at < end(chunk))
  for (const chunk of ahead) {
    if (chunk.stream !== stream || end(chunk) <= at) continue
    if (!isNext(chunk)) return
    at = end(chunk)
    yield chunk
  }
  // It may be far: other output may lie between. What follows on it is likely to be close.
  const holder = await chunks.at(run_id, attempt, at, stream)
  let page = holder === null ? [] : [holder]
  for (let count = 2; page.length > 0; count = Math.min(count * 2, mostFollowed)) {
    let seq = 0
    for (const chunk of page) {
      if (!isNext(chunk)) return
      at = end(chunk)
      seq = chunk.seq
      yield chunk
    }
    page = [...(await chunks.read(run_id, { attempt, seq }, pageBytes, { attempt, stream, chunks: count }))]
  }
}
