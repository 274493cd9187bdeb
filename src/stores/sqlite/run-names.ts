import type { Statement } from 'better-sqlite3'
import type { Db } from './database.ts'

/** A job one of whose names has a text; `isAlways`: each of them has. */
export interface NamedJob {
  readonly job_id: string
  readonly isAlways: boolean
}

interface Row {
  readonly job_id: string
  readonly always: number
}

/**
 * More jobs than these are not read one by one: then what is looked for is common enough to be found on the way. Each
 * look takes 30 to 70 µs; to find a hundred runs where one job in 140 has the text, some 14,000 are passed over. On 100,000 jobs searches
 * took up to 250 ms with 5,000 here, some 130 with 300 and 1,000, and 400 with 100.
 */
const most = 700

/** Finds runs by their jobs' names: by the names that jobs have and had, which are far fewer than runs. */
export class RunNames {
  readonly #of: Statement<[{ domain: string; text: string; limit: number }], Row>
  readonly #all: Statement<[{ text: string; limit: number }], Row>

  constructor(db: Db) {
    const sql = (where: string) =>
      `SELECT job_id, min(instr(text, @text) > 0) AS always FROM job_names ${where}
       GROUP BY domain, job_id HAVING max(instr(text, @text) > 0) LIMIT @limit`
    this.#of = db.prepare(sql('WHERE domain = @domain'))
    this.#all = db.prepare(sql(''))
  }

  /** The jobs with a text in one of their names; null when they are too many to be looked at one by one. */
  jobs(domain: string | null, text: string): readonly NamedJob[] | null {
    const asked = { text: text.toLowerCase(), limit: most + 1 }
    const rows = domain === null ? this.#all.all(asked) : this.#of.all({ ...asked, domain })
    return rows.length > most ? null : rows.map(({ job_id, always }) => ({ job_id, isAlways: always === 1 }))
  }
}
