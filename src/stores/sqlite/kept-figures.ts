import type { JobFigures } from '../../ports/store.ts'
import type { Db } from './database.ts'

/** Two pages of an overview. */
const most = 2000

interface Kept {
  readonly recent: number
  readonly figures: JobFigures
}

/**
 * Figures of jobs that were asked for lately: an overview of a thousand jobs, looked at again and again, then costs what has
 * changed. Triggers of this connection, which alone writes to the file, drop the figures of a job whose runs or totals are
 * written, whatever statement does it; so what is kept is never stale. Writes and reads do not cross: a commit is made in one go.
 */
export class KeptFigures {
  /** The least lately used first. */
  readonly #kept = new Map<string, Kept>()

  constructor(db: Db) {
    db.function('figures_changed', (jobId) => {
      if (typeof jobId === 'string') this.#kept.delete(jobId)
      return null
    })
    for (const table of ['runs', 'job_totals'])
      for (const [event, row] of [
        ['INSERT', 'new'],
        ['UPDATE', 'new'],
        ['DELETE', 'old'],
      ])
        db.exec(
          `CREATE TEMP TRIGGER ${table}_${row}_${event}_figures AFTER ${event} ON main.${table}
           BEGIN SELECT figures_changed(${row}.job_id); END`,
        )
  }

  /** @param make reads them where they are not kept */
  of(jobId: string, recent: number, make: () => JobFigures): JobFigures {
    const kept = this.#kept.get(jobId)
    const figures = kept?.recent === recent ? kept.figures : make()
    this.#kept.delete(jobId)
    this.#kept.set(jobId, { recent, figures })
    if (this.#kept.size > most) this.#dropOldest()
    return figures
  }

  #dropOldest(): void {
    const oldest = this.#kept.keys().next()
    if (!oldest.done) this.#kept.delete(oldest.value)
  }
}
