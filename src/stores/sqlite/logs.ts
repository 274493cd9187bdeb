import type { Statement } from 'better-sqlite3'
import type { LogChunk } from '../../model/log.ts'
import { lastLine, StoredLogs } from '../logs/stored-logs.ts'
import { ReadThreads } from '../logs/threads.ts'
import { type ChunkRow, numberColumns, SqliteChunks, streamNumber } from './chunks.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** This module's neighbour, as source or built. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './log-thread.ts' : './log-thread.js', import.meta.url)

/** Logs in a file of their own. What reads much of it does so in threads, each on a connection of its own. */
export class SqliteLogs extends StoredLogs {
  readonly #commits: Commits
  readonly #chunks: SqliteChunks
  readonly #insert: Statement<[ChunkRow]>

  constructor(db: Db, commits: Commits) {
    const chunks = new SqliteChunks(db)
    super(chunks, new ReadThreads(threadFile, db.name))
    this.#commits = commits
    this.#chunks = chunks
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
