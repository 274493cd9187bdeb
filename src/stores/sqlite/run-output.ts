import type { Statement } from 'better-sqlite3'
import type { Run, RunOutput } from '../../model/run.ts'
import { noOutput } from '../../model/run.ts'
import type { StoredRun } from '../../ports/store.ts'
import type { Db } from './database.ts'

interface Row {
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** Reads what runs keep of their output. It lies apart as UTF-8, so that a change of a run does not rewrite it. */
export class RunOutputs {
  readonly #whole: Statement<[string], Row>
  readonly #end: Statement<[number, number, string], Row>

  constructor(db: Db) {
    this.#whole = db.prepare('SELECT stdout, stderr FROM run_output WHERE run_id = ?')
    // SQLite's substr() of an empty blob is null.
    this.#end = db.prepare(
      `SELECT coalesce(substr(stdout, -?), x'') AS stdout, coalesce(substr(stderr, -?), x'') AS stderr
       FROM run_output WHERE run_id = ?`,
    )
  }

  whole(runId: string): RunOutput {
    const row = this.#whole.get(runId)
    return row === undefined ? noOutput : { stdout: row.stdout.toString(), stderr: row.stderr.toString() }
  }

  /** The last `tail` characters of each stream. */
  withTail(run: Run, tail: number): StoredRun {
    if (tail <= 0) return { run, output: noOutput }
    // A character has at most four bytes in UTF-8; the four more are for one that the cut goes through.
    const bytes = tail * 4 + 4
    const row = this.#end.get(bytes, bytes, run._id)
    if (row === undefined) return { run, output: noOutput }
    return { run, output: { stdout: lastOf(row.stdout, tail), stderr: lastOf(row.stderr, tail) } }
  }
}

/** The last `count` UTF-16 units, without half of a character at the front. */
function lastOf(bytes: Buffer, count: number): string {
  const text = bytes.toString().slice(-count)
  return /^[\udc00-\udfff]/.test(text) ? text.slice(1) : text
}
