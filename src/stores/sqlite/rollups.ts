import type { Statement } from 'better-sqlite3'
import {
  addRun,
  type Buckets,
  bucketOf,
  type Figures,
  mergeFigures,
  noFigures,
  rollups,
  type Summary,
  summaryOf,
} from '../../model/figures.ts'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import { readCells, writeCells } from '../cells.ts'
import type { Db } from './database.ts'
import { readRun } from './run-rows.ts'

/** One roll-up, in a bucket of one width: of one job's runs, of a domain's (`job_id` empty) or of all (both empty). */
export interface RollupKey {
  readonly width: Millis
  readonly domain: string
  readonly job_id: string
  readonly start: Millis
}

/** Whose figures; null: everyone's. */
interface StatsOf {
  readonly domain: string | null
  readonly job_id: string | null
}

type Kept = [success: number, failed: number, timed_out: number, cancelled: number, duration: string, queue: string]
type Row = [start: number, ...Kept]
type KeyValues = [domain: string, job_id: string, width: number, start: number]

const counted = 'success, failed, timed_out, cancelled, duration, queue'
const key = 'domain = ? AND job_id = ? AND width = ? AND start = ?'
const valuesOf = ({ width, domain, job_id, start }: RollupKey): KeyValues => [domain, job_id, width, start]

/** Roll-ups that are being added up, before they are written. */
export class Sums {
  readonly #known = new Map<string, { readonly key: RollupKey; readonly figures: Figures }>()

  /** Counts a final run into each roll-up that it belongs to. */
  add(run: Run): void {
    for (const width of [rollups.narrow, rollups.wide]) {
      const start = bucketOf(run.created_at, width)
      addRun(this.#of({ width, domain: '', job_id: '', start }), run)
      for (const job_id of ['', run.job_id]) addRun(this.#of({ width, domain: run.domain, job_id, start }), run)
    }
  }

  all(): Iterable<{ readonly key: RollupKey; readonly figures: Figures }> {
    return this.#known.values()
  }

  #of(key: RollupKey): Figures {
    const name = `${key.width} ${key.start} ${key.domain} ${key.job_id}`
    const known = this.#known.get(name) ?? { key, figures: noFigures() }
    this.#known.set(name, known)
    return known.figures
  }
}

/** Figures of settled runs by time, added up as they are settled; they outlive the runs. */
export class Rollups {
  readonly #get: Statement<KeyValues, Kept>
  readonly #put: Statement<[...KeyValues, ...Kept]>
  readonly #span: Statement<[...KeyValues, number], Row>
  readonly #nextDomain: Statement<[string], string | null>
  readonly #unsettled: Statement<[], string>

  constructor(db: Db) {
    this.#get = db.prepare<KeyValues, Kept>(`SELECT ${counted} FROM run_figures WHERE ${key}`).raw()
    this.#put = db.prepare(
      `INSERT INTO run_figures (domain, job_id, width, start, ${counted}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (domain, job_id, width, start) DO UPDATE SET success = excluded.success, failed = excluded.failed,
       timed_out = excluded.timed_out, cancelled = excluded.cancelled, duration = excluded.duration, queue = excluded.queue`,
    )
    this.#span = db
      .prepare<[...KeyValues, number], Row>(
        `SELECT start, ${counted} FROM run_figures
         WHERE domain = ? AND job_id = ? AND width = ? AND start >= ? AND start < ? ORDER BY start`,
      )
      .raw()
    this.#nextDomain = db
      .prepare<[string], string | null>('SELECT min(domain) FROM run_figures WHERE domain > ?')
      .pluck()
    this.#unsettled = db
      .prepare<[], string>('SELECT doc FROM runs INDEXED BY runs_open WHERE open = 1 ORDER BY id')
      .pluck()
  }

  /** Adds final runs; for use inside the write that settles them. */
  count(runs: readonly Run[]): void {
    const sums = new Sums()
    for (const run of runs) sums.add(run)
    for (const { key, figures } of sums.all()) {
      const kept = this.of(key)
      mergeFigures(kept, figures)
      this.put(key, kept)
    }
  }

  of(key: RollupKey): Figures {
    const figures = noFigures()
    const row = this.#get.get(...valuesOf(key))
    if (row !== undefined) readInto(figures, [key.start, ...row])
    return figures
  }

  put(key: RollupKey, { counts, duration, queue }: Figures): void {
    const { success, failed, timed_out, cancelled } = counts
    this.#put.run(...valuesOf(key), success, failed, timed_out, cancelled, writeCells(duration), writeCells(queue))
  }

  /** One for each bucket; with the runs that ended and are not settled yet. */
  stats(query: StatsOf, buckets: Buckets): readonly Summary[] {
    const { from, until, width, count } = buckets
    const kept = width % rollups.wide === 0 ? rollups.wide : rollups.narrow
    const rows = this.#domainsFor(query).flatMap((domain) =>
      this.#span.all(domain, query.job_id ?? '', kept, from, until),
    )
    const open = Map.groupBy(this.#openRuns(query), (run) => bucketOf(run.created_at - from, width))
    let at = 0
    // Bucket after bucket: two thousand of them at once would be a good part of the process's memory.
    return Array.from({ length: count }, (_, nth) => {
      const figures = noFigures()
      for (let row = rows[at]; row !== undefined && row[0] < from + (nth + 1) * width; row = rows[++at])
        readInto(figures, row)
      for (const run of open.get(nth * width) ?? []) addRun(figures, run)
      return summaryOf(figures)
    })
  }

  #openRuns({ domain, job_id }: StatsOf): readonly Run[] {
    return this.#unsettled
      .all()
      .map(readRun)
      .filter((run) => run.effects.some(({ kind }) => kind === 'totals'))
      .filter((run) => (domain ?? run.domain) === run.domain && (job_id ?? run.job_id) === run.job_id)
  }

  /** Where a job's figures are depends on its domain, which need not be known; those of all runs are one roll-up. */
  #domainsFor({ domain, job_id }: StatsOf): readonly string[] {
    if (domain !== null) return [domain]
    return job_id === null ? [''] : this.domains()
  }

  /** The domains that have figures. */
  domains(): readonly string[] {
    const found: string[] = []
    for (let next = this.#nextDomain.get(''); typeof next === 'string'; next = this.#nextDomain.get(next))
      found.push(next)
    return found
  }
}

function readInto(figures: Figures, [, success, failed, timed_out, cancelled, duration, queue]: Row): void {
  const { counts } = figures
  counts.success += success
  counts.failed += failed
  counts.timed_out += timed_out
  counts.cancelled += cancelled
  readCells(duration, figures.duration)
  readCells(queue, figures.queue)
}
