import type { LogChunk, LogQuery, StreamName } from '../../model/log.ts'
import type { LogChunks, LogName, LogStore, SearchState, SliceBudget } from '../../ports/log-store.ts'
import type { ReadThreads } from './threads.ts'

/** A store's logs: chunks are read where they lie, and what reads much of them does so in threads. How they are written is the driver's. */
export abstract class StoredLogs implements LogStore {
  readonly #chunks: LogChunks
  readonly #threads: ReadThreads

  constructor(chunks: LogChunks, threads: ReadThreads) {
    this.#chunks = chunks
    this.#threads = threads
  }

  abstract append(chunks: readonly LogChunk[]): Promise<void>

  read(...asked: Parameters<LogChunks['read']>) {
    return this.#chunks.read(...asked)
  }

  last(runId: string, attempt: number) {
    return this.#chunks.last(runId, attempt)
  }

  size(runId: string) {
    return this.#chunks.size(runId)
  }

  at(...asked: Parameters<LogChunks['at']>) {
    return this.#chunks.at(...asked)
  }

  reaching(...asked: Parameters<LogChunks['reaching']>) {
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
}

/** The number of the last line that a chunk begins or goes on with. */
export function lastLine({ line, cont, bytes }: LogChunk): number {
  if (bytes.length === 0) return cont ? line : line - 1
  let ends = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends += 1
  return line + ends - (bytes.at(-1) === 10 ? 1 : 0)
}
