import type { StreamName } from '../../model/log.ts'
import type { LogChunks, LogName } from '../../ports/log-store.ts'

/** Bytes that one page has at most. A slow reader holds two of them. */
const pageBytes = 512 * 1024

/** A page of the bytes from `from` up to, not including, `to`; see `LogReads.bytes`. Its buffer is nobody else's. */
export async function readBytes(
  chunks: LogChunks,
  { run_id, attempt }: LogName,
  stream: StreamName | null,
  from: number,
  to: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const end = Math.min(to, from + pageBytes)
  const first = from === 0 ? null : await chunks.at(run_id, attempt, from, stream)
  if (from > 0 && first === null) return new Uint8Array()
  const page = new Uint8Array(end - from)
  let filled = 0
  for (let seq = first === null ? 0 : first.seq - 1; filled < page.length; ) {
    const some = await chunks.read(run_id, { attempt, seq }, page.length - filled, { attempt, stream })
    const before = filled
    for (const { bytes, pos, offset, seq: read } of some) {
      const at = from + filled - (stream === null ? pos : offset)
      // Bytes are missing here: the log is being removed, or its numbers are wrong.
      if (at < 0) return page.slice(0, filled)
      const piece = bytes.subarray(at, at + page.length - filled)
      page.set(piece, filled)
      filled += piece.length
      seq = read
    }
    if (filled === before) break
  }
  return filled === page.length ? page : page.slice(0, filled)
}
