import type { Filter } from 'mongodb'
import {
  addRun,
  type Buckets,
  bucketOf,
  mergeFigures,
  noFigures,
  rollups,
  type Figures as Sum,
  type Summary,
  summaryOf,
} from '../../model/figures.ts'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { FigureStore, StatsQuery } from '../../ports/store.ts'
import { CompareAndSet } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import { type FigureDocument, figureFields, figureId, readFigures } from './figure-document.ts'
import type { FigureMending } from './figure-mending.ts'
import { asked } from './gate.ts'
import type { RunReads } from './run-reads.ts'
import { hasTotals } from './settlement.ts'
import type { Stored } from './stored.ts'

const byStage = { stage: 1, order: 1, status: 1 } as const

/** Documents that one step of forgetting looks at. */
const looked = 200

/** Figures of runs by time: documents of an hour each, added up as runs are settled; they outlive the runs. */
export class MongoFigures implements FigureStore {
  readonly #in: Collections
  readonly #reads: RunReads
  readonly #sets: CompareAndSet
  readonly #mending: FigureMending
  /** Where the walk that forgets stands. */
  #after: Millis = Number.MIN_SAFE_INTEGER

  constructor(parts: Parts, reads: RunReads, mending: FigureMending) {
    this.#in = parts.in
    this.#reads = reads
    this.#sets = new CompareAndSet(parts.in.figures, parts.told('figures'))
    this.#mending = mending
  }

  /** With the runs that ended and are not counted yet: read first, so that one that is settled meanwhile counts once. */
  async stats({ domain, job_id, buckets }: StatsQuery): Promise<readonly Summary[]> {
    const { from, until, width, count } = buckets
    const open = await this.#openRuns({ domain, job_id })
    const documents = await this.#span({ domain, job_id }, buckets)
    const known = new Set(documents.flatMap(({ counted }) => counted))
    const sums = Array.from({ length: count }, noFigures)
    const add = (at: Millis, act: (sum: Sum) => void): void => {
      const sum = at >= from && at < until ? sums[Math.floor((at - from) / width)] : undefined
      if (sum !== undefined) act(sum)
    }
    const isWide = width % rollups.wide === 0
    for (const { start, figures } of documents) {
      if (isWide) add(start, (sum) => mergeFigures(sum, figures.hour))
      else for (const [minute, its] of figures.minutes) add(minute, (sum) => mergeFigures(sum, its))
    }
    for (const run of open) if (!known.has(run._id)) add(run.created_at, (sum) => addRun(sum, run))
    return sums.map(summaryOf)
  }

  mend(now: Millis): Promise<boolean> {
    return this.#mending.mend(now)
  }

  async forget(before: Millis): Promise<void> {
    const rules = { fine: 1, start: { $gte: this.#after, $lt: before } }
    const options = { sort: { start: 1 }, limit: looked, hint: { fine: 1, start: 1 } } as const
    const found = (await asked(() => this.#in.figures.find(rules, options).toArray())).map(readFigures)
    this.#after = found.length < looked ? Number.MIN_SAFE_INTEGER : (found.at(-1)?.start ?? this.#after)
    await this.#sets.apply(
      found.flatMap(({ _id, rev, figures }) => {
        const minutes = new Map([...figures.minutes].filter(([start]) => start >= before))
        if (minutes.size === figures.minutes.size) return []
        return { _id, from: rev, to: rev + 1, set: figureFields({ ...figures, minutes }) }
      }),
    )
  }

  /** The documents of a series in a span. */
  async #span(
    { domain, job_id }: Pick<StatsQuery, 'domain' | 'job_id'>,
    { from, until }: Buckets,
  ): Promise<readonly FigureDocument[]> {
    const key = { domain: domain ?? '', job_id: job_id ?? '' }
    const first = figureId({ ...key, start: bucketOf(from, rollups.wide) })
    const rules: Filter<Stored> = {
      _id: { $gte: first, $lt: figureId({ ...key, start: until }) },
      ...(domain !== null && { domain }),
    }
    const found = await asked(() => this.#in.figures.find(rules, { sort: { _id: 1 } }).toArray())
    return found.map(readFigures)
  }

  async #openRuns({ domain, job_id }: Pick<StatsQuery, 'domain' | 'job_id'>): Promise<readonly Run[]> {
    const runs = await this.#reads.find({ stage: 'open' }, { sort: { order: 1 }, hint: byStage })
    return runs.filter(
      (run) => hasTotals(run) && (domain ?? run.domain) === run.domain && (job_id ?? run.job_id) === run.job_id,
    )
  }
}
