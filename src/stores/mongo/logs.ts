import type { LogChunk } from '../../model/log.ts'
import { lastLine, StoredLogs } from '../logs/stored-logs.ts'
import { ReadThreads } from '../logs/threads.ts'
import { MongoChunks } from './chunks.ts'
import type { Parts } from './collections.ts'
import { Inserts } from './inserts.ts'
import { LogCompaction } from './log-compaction.ts'
import { attemptPrefix, chunkDocument } from './log-document.ts'

/** This module's neighbour, as source or built. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './log-thread.ts' : './log-thread.js', import.meta.url)

/** Attempts whose newest line number is remembered; of others it is read. */
const rememberedAttempts = 10_000
/** Fewer chunks than these stay as they are. */
const worthwhile = 4

/** Logs in MongoDB: a document for each chunk. What reads much of them does so in threads, each on a connection of its own. */
export class MongoLogs extends StoredLogs {
  readonly #chunks: MongoChunks
  readonly #inserts: Inserts
  readonly #compaction: LogCompaction
  /** The newest chunk of attempts that were written here: its sequence, and the highest line number so far. */
  readonly #newest = new Map<string, { readonly seq: number; readonly lines: number }>()

  constructor(parts: Parts) {
    const chunks = new MongoChunks(parts.in.chunks)
    super(chunks, new ReadThreads(threadFile, parts.at))
    this.#chunks = chunks
    this.#inserts = new Inserts(parts.in.chunks, parts.told('chunks'))
    this.#compaction = new LogCompaction(parts)
  }

  async append(chunks: readonly LogChunk[]): Promise<void> {
    const documents = []
    for (const chunk of chunks) documents.push(chunkDocument(chunk, await this.#linesUpTo(chunk)))
    await this.#inserts.add(documents)
  }

  /** A run has ended: what was written here of its attempts becomes blocks, where it is many chunks. */
  ended(runId: string, attempts: number): void {
    for (let attempt = 1; attempt <= attempts; attempt += 1)
      if ((this.#newest.get(attemptPrefix(runId, attempt))?.seq ?? 0) >= worthwhile)
        this.#compaction.later(runId, attempt)
  }

  /**
   * The highest line number begun in a chunk or before it: what waited to be flushed, and a line that goes on, may have
   * lower numbers than an earlier chunk of the other stream.
   */
  async #linesUpTo(chunk: LogChunk): Promise<number> {
    const { run_id, attempt, seq } = chunk
    const key = attemptPrefix(run_id, attempt)
    const known = this.#newest.get(key)
    const earlier = known?.seq === seq - 1 ? known.lines : await this.#storedLines(chunk)
    const lines = Math.max(lastLine(chunk), earlier)
    if (this.#newest.size >= rememberedAttempts) this.#newest.clear()
    if ((known?.seq ?? 0) < seq) this.#newest.set(key, { seq, lines })
    return lines
  }

  async #storedLines({ run_id, attempt, seq }: LogChunk): Promise<number> {
    return seq === 1 ? 0 : ((await this.#chunks.newestUpTo(run_id, attempt, seq - 1))?.lines ?? 0)
  }
}
