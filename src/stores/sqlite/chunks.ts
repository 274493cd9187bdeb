import type { Statement } from 'better-sqlite3'
import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogChunks, LogCursor, LogSize } from '../../ports/log-store.ts'
import type { Db } from './database.ts'

/** A chunk without its bytes. */
export interface ChunkNumbers {
  readonly run_id: string
  readonly attempt: number
  readonly seq: number
  /** 0 stdout, 1 stderr. */
  readonly stream: number
  readonly offset: number
  readonly pos: number
  readonly line: number
  readonly cont: number
  readonly ts: number
  /** The highest number of a line begun in this chunk or before it. */
  readonly lines: number
  readonly size: number
}

export interface ChunkRow extends ChunkNumbers {
  readonly bytes: Buffer
}

type Only = NonNullable<Parameters<LogChunks['read']>[3]>

export const numberColumns = 'run_id, attempt, seq, stream, "offset", pos, line, cont, ts, lines, size'
const upToSeq = 'FROM chunks WHERE run_id = ? AND attempt = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'

export const streamNumber = (stream: StreamName): number => (stream === 'stdout' ? 0 : 1)

/**
 * Reads of chunks. What is asked of a whole log (its size, the chunk at a position or with a line) is answered from the
 * numbers that each chunk carries, by its newest chunk or by bisection over the sequence: nothing is scanned.
 */
export class SqliteChunks implements LogChunks {
  readonly #upTo: Statement<[string, number, number], ChunkNumbers>
  readonly #chunk: Statement<[string, number, number], ChunkRow>
  readonly #attempts: Statement<[string, number], number>
  readonly #after: Statement<[string, number, number], ChunkRow>
  readonly #afterOf: Statement<[string, number, number, number], ChunkRow>

  constructor(db: Db) {
    this.#upTo = db.prepare(`SELECT ${numberColumns} ${upToSeq}`)
    this.#chunk = db.prepare(`SELECT ${numberColumns}, bytes ${upToSeq}`)
    this.#attempts = db
      .prepare<[string, number], number>(
        'SELECT attempt FROM chunks WHERE run_id = ? AND attempt > ? ORDER BY attempt LIMIT 1',
      )
      .pluck()
    const after = `SELECT ${numberColumns}, bytes FROM chunks WHERE run_id = ? AND attempt = ? AND seq > ?`
    this.#after = db.prepare(`${after} ORDER BY seq`)
    this.#afterOf = db.prepare(`${after} AND stream = ? ORDER BY seq`)
  }

  async read(runId: string, after: LogCursor, bytes: number, only: Only = {}): Promise<readonly LogChunk[]> {
    const found: LogChunk[] = []
    const most = only.chunks ?? Number.POSITIVE_INFINITY
    let left = bytes
    for (const row of this.#rowsAfter(runId, after, only)) {
      found.push(chunkOf(row))
      left -= row.size
      if (left <= 0 || found.length >= most) break
    }
    return found
  }

  async last(runId: string, attempt: number): Promise<LogChunk | null> {
    const row = this.#chunk.get(runId, attempt, Number.MAX_SAFE_INTEGER)
    return row === undefined ? null : chunkOf(row)
  }

  async size(runId: string): Promise<readonly LogSize[]> {
    return [...this.#attemptsOf(runId, 0)].flatMap((attempt) => {
      const newest = this.newestUpTo(runId, attempt, Number.MAX_SAFE_INTEGER)
      if (newest === undefined) return []
      const [stdout, stderr] = [before(newest, 0), before(newest, 1)]
      const more =
        newest.stream === 0 ? { stdout: stdout + newest.size, stderr } : { stdout, stderr: stderr + newest.size }
      return [{ attempt, ...more, lines: newest.lines, seq: newest.seq }]
    })
  }

  async at(runId: string, attempt: number, pos: number, stream: StreamName | null): Promise<LogChunk | null> {
    const wanted = stream === null ? null : streamNumber(stream)
    let [low, high] = [0, this.newestUpTo(runId, attempt, Number.MAX_SAFE_INTEGER)?.seq ?? 0]
    // The holder, if there is one, is the last chunk that begins at or before the position.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const row = this.newestUpTo(runId, attempt, middle)
      if (row === undefined || before(row, wanted) <= pos) low = middle
      else high = row.seq - 1
    }
    const row = this.#chunk.get(runId, attempt, low)
    if (row === undefined || (wanted !== null && row.stream !== wanted)) return null
    const begin = before(row, wanted)
    return begin <= pos && pos < begin + row.size ? chunkOf(row) : null
  }

  async reaching(runId: string, attempt: number, line: number): Promise<number | null> {
    const newest = this.newestUpTo(runId, attempt, Number.MAX_SAFE_INTEGER)
    if (newest === undefined || newest.lines < line) return null
    let [low, high] = [0, newest.seq]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.newestUpTo(runId, attempt, middle)
      if (row !== undefined && row.lines >= line) high = row.seq
      else low = middle + 1
    }
    return high
  }

  /** The numbers of the last chunk up to a sequence. */
  newestUpTo(runId: string, attempt: number, seq: number): ChunkNumbers | undefined {
    return this.#upTo.get(runId, attempt, seq)
  }

  *#attemptsOf(runId: string, above: number): Generator<number> {
    let attempt = this.#attempts.get(runId, above)
    while (attempt !== undefined) {
      yield attempt
      attempt = this.#attempts.get(runId, attempt)
    }
  }

  *#rowsAfter(runId: string, after: LogCursor, only: Only): Generator<ChunkRow> {
    const attempts = only.attempt ? [only.attempt] : this.#attemptsOf(runId, after.attempt - 1)
    for (const attempt of attempts) {
      if (attempt < after.attempt) continue
      const seq = attempt === after.attempt ? after.seq : -1
      // One by one: what a page has no room for is not fetched.
      if (only.stream) yield* this.#afterOf.iterate(runId, attempt, seq, streamNumber(only.stream))
      else yield* this.#after.iterate(runId, attempt, seq)
    }
  }
}

/** Bytes before a chunk: of both streams (null), or of one. */
function before(row: ChunkNumbers, stream: number | null): number {
  if (stream === null) return row.pos
  return row.stream === stream ? row.offset : row.pos - row.offset
}

function chunkOf(row: ChunkRow): LogChunk {
  const { run_id, attempt, seq, offset, pos, line, ts, bytes } = row
  return {
    run_id,
    attempt,
    seq,
    stream: row.stream === 0 ? 'stdout' : 'stderr',
    offset,
    pos,
    line,
    cont: row.cont === 1,
    ts,
    bytes,
  }
}
