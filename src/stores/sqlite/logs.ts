import type { Statement } from 'better-sqlite3'
import type { LogChunk, StreamName } from '../../model/log.ts'
import type { LogCursor, LogStore } from '../../ports/store.ts'
import type { Commits } from './commits.ts'
import type { Db } from './database.ts'

/** A chunk without its bytes. */
interface Numbers {
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
  readonly lines: number
  readonly size: number
}

interface Row extends Numbers {
  readonly bytes: Buffer
}

type Only = { readonly stream?: StreamName | null; readonly attempt?: number | null }

const streamNumber = (stream: StreamName): number => (stream === 'stdout' ? 0 : 1)

/**
 * Logs in a file of their own. What is asked of a whole log (its size, the chunk at a position) is answered from the
 * numbers that each chunk carries, by its newest chunk or by bisection over the sequence: nothing is scanned.
 */
export class SqliteLogs implements LogStore {
  readonly #commits: Commits
  readonly #insert: Statement<[Row]>
  readonly #upTo: Statement<[string, number, number], Numbers>
  readonly #chunk: Statement<[string, number, number], Row>
  readonly #attempts: Statement<[string, number], number>
  readonly #after: Statement<[string, number, number, number], Row>

  constructor(db: Db, commits: Commits) {
    const numbers = 'run_id, attempt, seq, stream, "offset", pos, line, cont, ts, lines, size'
    const upTo = 'FROM chunks WHERE run_id = ? AND attempt = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'
    this.#commits = commits
    this.#insert = db.prepare(
      `INSERT INTO chunks (${numbers}, bytes)
       VALUES (@run_id, @attempt, @seq, @stream, @offset, @pos, @line, @cont, @ts, @lines, @size, @bytes)
       ON CONFLICT DO NOTHING`,
    )
    this.#upTo = db.prepare(`SELECT ${numbers} ${upTo}`)
    this.#chunk = db.prepare(`SELECT ${numbers}, bytes ${upTo}`)
    this.#attempts = db
      .prepare<[string, number], number>(
        'SELECT attempt FROM chunks WHERE run_id = ? AND attempt > ? ORDER BY attempt LIMIT 1',
      )
      .pluck()
    this.#after = db.prepare(
      `SELECT ${numbers}, bytes FROM chunks
       WHERE run_id = ? AND attempt = ? AND seq > ? ORDER BY seq LIMIT ?`,
    )
  }

  append(chunks: readonly LogChunk[]): Promise<void> {
    return this.#commits.write(() => {
      for (const chunk of chunks) this.#insert.run(this.#rowOf(chunk))
    })
  }

  async read(runId: string, after: LogCursor, bytes: number, only: Only = {}): Promise<readonly LogChunk[]> {
    const found: LogChunk[] = []
    let left = bytes
    for (const row of this.#rowsAfter(runId, after, only.attempt ?? null)) {
      if (only.stream && row.stream !== streamNumber(only.stream)) continue
      found.push(chunkOf(row))
      left -= row.size
      if (left <= 0) break
    }
    return found
  }

  async last(runId: string, attempt: number): Promise<LogChunk | null> {
    const row = this.#chunk.get(runId, attempt, Number.MAX_SAFE_INTEGER)
    return row === undefined ? null : chunkOf(row)
  }

  async size(runId: string) {
    return [...this.#attemptsOf(runId, 0)].flatMap((attempt) => {
      const newest = this.#upTo.get(runId, attempt, Number.MAX_SAFE_INTEGER)
      if (newest === undefined) return []
      const [stdout, stderr] = [before(newest, 0), before(newest, 1)]
      const more =
        newest.stream === 0 ? { stdout: stdout + newest.size, stderr } : { stdout, stderr: stderr + newest.size }
      return [{ attempt, ...more, lines: newest.lines }]
    })
  }

  async at(runId: string, attempt: number, pos: number, stream: StreamName | null): Promise<LogChunk | null> {
    const wanted = stream === null ? null : streamNumber(stream)
    let [low, high] = [0, this.#upTo.get(runId, attempt, Number.MAX_SAFE_INTEGER)?.seq ?? 0]
    // The holder, if there is one, is the last chunk that begins at or before the position.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const row = this.#upTo.get(runId, attempt, middle)
      if (row === undefined || before(row, wanted) <= pos) low = middle
      else high = row.seq - 1
    }
    const row = this.#chunk.get(runId, attempt, low)
    if (row === undefined || (wanted !== null && row.stream !== wanted)) return null
    const begin = before(row, wanted)
    return begin <= pos && pos < begin + row.size ? chunkOf(row) : null
  }

  #rowOf(chunk: LogChunk): Row {
    const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength)
    const { run_id, attempt, seq, stream, offset, pos, line, cont, ts } = chunk
    const own = lastLine(chunk)
    // A line that begins here has the highest number so far; only one that goes on may stand below an earlier one.
    const lines = cont ? Math.max(own, this.#upTo.get(run_id, attempt, seq - 1)?.lines ?? 0) : own
    const numbers = { run_id, attempt, seq, offset, pos, line, ts, lines, size: bytes.length }
    return { ...numbers, stream: streamNumber(stream), cont: cont ? 1 : 0, bytes }
  }

  *#attemptsOf(runId: string, above: number): Generator<number> {
    let attempt = this.#attempts.get(runId, above)
    while (attempt !== undefined) {
      yield attempt
      attempt = this.#attempts.get(runId, attempt)
    }
  }

  *#rowsAfter(runId: string, after: LogCursor, only: number | null): Generator<Row> {
    const attempts = only === null ? this.#attemptsOf(runId, after.attempt - 1) : [only]
    for (const attempt of attempts) {
      if (attempt < after.attempt) continue
      let seq = attempt === after.attempt ? after.seq : -1
      for (let rows = this.#page(runId, attempt, seq); rows.length > 0; rows = this.#page(runId, attempt, seq))
        for (const row of rows) {
          seq = row.seq
          yield row
        }
    }
  }

  #page(runId: string, attempt: number, seq: number): readonly Row[] {
    return this.#after.all(runId, attempt, seq, 16)
  }
}

/** Bytes before a chunk: of both streams (null), or of one. */
function before(row: Numbers, stream: number | null): number {
  if (stream === null) return row.pos
  return row.stream === stream ? row.offset : row.pos - row.offset
}

/** The number of the last line that a chunk begins or goes on with. */
function lastLine({ line, cont, bytes }: LogChunk): number {
  if (bytes.length === 0) return cont ? line : line - 1
  let ends = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends += 1
  return line + ends - (bytes.at(-1) === 10 ? 1 : 0)
}

function chunkOf(row: Row): LogChunk {
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
