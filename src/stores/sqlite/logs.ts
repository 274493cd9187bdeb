import type { Statement } from 'better-sqlite3'
import type { LogChunk, LogQuery, StreamName } from '../../model/log.ts'
import type { LogName, LogStore, SearchState, SliceBudget } from '../../ports/log-store.ts'
import { ReadThreads } from '../logs/threads.ts'
import { type ChunkRow, numberColumns, SqliteChunks, streamNumber } from './chunks.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** This module's neighbour, as source or built. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './log-thread.ts' : './log-thread.js', import.meta.url)

/** Logs in a file of their own. What reads much of it does so in threads, each on a connection of its own. */
export class SqliteLogs implements LogStore {
  readonly #commits: Commits
  readonly #chunks: SqliteChunks
  readonly #insert: Statement<[ChunkRow]>
  readonly #threads: ReadThreads

  constructor(db: Db, commits: Commits) {
    this.#commits = commits
    this.#chunks = new SqliteChunks(db)
    this.#threads = new ReadThreads(threadFile, db.name)
    this.#insert = db.prepare(
      `INSERT INTO chunks (${numberColumns}, bytes)
       VALUES (@run_id, @attempt, @seq, @stream, @offset, @pos, @line, @cont, @ts, @lines, @size, @bytes)
       ON CONFLICT DO NOTHING`,
    )
  }

  append(chunks: readonly LogChunk[]): Promise<void> {
    return this.#commits.write(() => {
      for (const chunk of chunks) this.#insert.run(this.#rowOf(chunk))
    })
  }

  read(...asked: Parameters<LogStore['read']>) {
    return this.#chunks.read(...asked)
  }

  last(runId: string, attempt: number) {
    return this.#chunks.last(runId, attempt)
  }

  size(runId: string) {
    return this.#chunks.size(runId)
  }

  at(...asked: Parameters<LogStore['at']>) {
    return this.#chunks.at(...asked)
  }

  reaching(...asked: Parameters<LogStore['reaching']>) {
    return this.#chunks.reaching(...asked)
  }

  lines(log: LogName, from: number, count: number) {
    return this.#threads.lines(log, from, count)
  }

  search(log: LogName, query: LogQuery, from: number | SearchState, most: SliceBudget) {
    return this.#threads.search(log, query, from, most)
  }

  searchNext(...asked: Parameters<LogStore['searchNext']>) {
    return this.#threads.searchNext(...asked)
  }

  bytes(log: LogName, stream: StreamName | null, from: number, to: number) {
    return this.#threads.bytes(log, stream, from, to)
  }

  /** Ends the threads; what they were asked for is refused. */
  close(): Promise<void> {
    return this.#threads.close()
  }

  #rowOf(chunk: LogChunk): ChunkRow {
    const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength)
    const { run_id, attempt, seq, stream, offset, pos, line, cont, ts } = chunk
    // What waited to be flushed, and a line that goes on, may have lower numbers than an earlier chunk of the other stream.
    const earlier = seq === 1 ? 0 : (this.#chunks.newestUpTo(run_id, attempt, seq - 1)?.lines ?? 0)
    const lines = Math.max(lastLine(chunk), earlier)
    const numbers = { run_id, attempt, seq, offset, pos, line, ts, lines, size: bytes.length }
    return { ...numbers, stream: streamNumber(stream), cont: cont ? 1 : 0, bytes }
  }
}

/** The number of the last line that a chunk begins or goes on with. */
function lastLine({ line, cont, bytes }: LogChunk): number {
  if (bytes.length === 0) return cont ? line : line - 1
  let ends = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends += 1
  return line + ends - (bytes.at(-1) === 10 ? 1 : 0)
}
