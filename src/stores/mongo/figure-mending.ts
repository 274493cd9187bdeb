import { z } from 'zod'
import { addRun, bucketOf, mergeFigures, noFigures, rollups, totalOf } from '../../model/figures.ts'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import { firstId, momentOf } from '../id-time.ts'
import { CompareAndSet } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import {
  type FigureDocument,
  type FigureKey,
  figureFields,
  figureId,
  type HourFigures,
  keysOf,
  minuteOf,
  noHour,
  readFigures,
} from './figure-document.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import type { Meta } from './meta.ts'
import { settledStages } from './run-document.ts'
import type { RunReads } from './run-reads.ts'
import { reader } from './stored.ts'

const hour = rollups.wide
/** An hour is recounted when it has been over for so long. */
const grace: Millis = hour
/** How far from its time of creation a run's id is looked for. A run that lies further off is not counted again. */
const slack: Millis = 600_000
/** Runs that are read in one go. */
const page = 500
/** One step of mending takes about so long, ms. */
const budget = 50

const byDomain = { domain: 1, stage: 1, order: 1, status: 1 } as const
const readDomains = reader('list of domains', z.array(z.string()))
const readChecked = reader('note', z.object({ until: z.number() }))
const readOrder = reader('run', z.object({ _id: z.string(), order: z.string() }))

interface Span {
  readonly domain: string
  readonly from: Millis
}

/**
 * Mends figures that fell short of their runs. Hour after hour, once each, the settled runs are counted by the index, and where
 * they are more than was added up, they are added up anew. A document is never lowered: of runs that are gone it alone
 * still tells.
 */
export class FigureMending {
  readonly #in: Collections
  readonly #reads: RunReads
  readonly #meta: Meta
  readonly #sets: CompareAndSet
  readonly #inserts: Inserts

  constructor(parts: Parts, reads: RunReads, meta: Meta) {
    this.#in = parts.in
    this.#reads = reads
    this.#meta = meta
    this.#sets = new CompareAndSet(parts.in.figures, parts.told('figures'))
    this.#inserts = new Inserts(parts.in.figures, parts.told('figures'))
  }

  /** Recounts hours that are over, for some ms; whether there are more. */
  async mend(now: Millis): Promise<boolean> {
    const begin = performance.now()
    const stored = await this.#meta.get('figures_checked')
    const domains = readDomains(await asked(() => this.#in.runs.distinct('domain')))
    const first = stored === null ? await this.#first(domains, now) : readChecked(stored).until
    let from = first
    for (; from + hour + grace <= now && performance.now() - begin < budget; from += hour)
      if (!(await this.#check(domains, from))) break
    if (from > first) await this.#meta.raise('figures_checked', { until: from })
    return from > first && from + hour + grace <= now
  }

  /** false: some of the hour's runs are still to be settled; then it is looked at another time. */
  async #check(domains: readonly string[], from: Millis): Promise<boolean> {
    for (const domain of domains) {
      const span = { domain, from }
      const known = await this.#of({ domain, job_id: '', start: from })
      const runs = await this.#counted(span)
      if (runs <= totalOf(known?.figures.hour ?? noFigures())) continue
      if ((await this.#unsettled(span)) > 0) return false
      await this.#recount(span)
    }
    await this.#gather(domains, from)
    return true
  }

  /** What all domains have in an hour is what they have together. */
  async #gather(domains: readonly string[], from: Millis): Promise<void> {
    const together = noHour()
    for (const domain of domains) {
      const its = await this.#of({ domain, job_id: '', start: from })
      if (its === null) continue
      mergeFigures(together.hour, its.figures.hour)
      for (const [start, minute] of its.figures.minutes) mergeFigures(minuteOf(together, start), minute)
    }
    await this.#raise({ domain: '', job_id: '', start: from }, together)
  }

  async #of(key: FigureKey): Promise<FigureDocument | null> {
    const stored = await asked(() => this.#in.figures.findOne({ _id: figureId(key) }))
    return stored === null ? null : readFigures(stored)
  }

  /** Writes figures where they are more than what stands; whoever is faster was settling runs, and is looked at again. */
  async #raise(key: FigureKey, figures: HourFigures): Promise<void> {
    const known = await this.#of(key)
    if (totalOf(figures.hour) <= totalOf(known?.figures.hour ?? noFigures())) return
    const [_id, fields] = [figureId(key), { ...key, ...figureFields(figures) }]
    if (known === null) await this.#inserts.add([{ _id, rev: 1, counted: [], ...fields }])
    else await this.#sets.apply([{ _id, from: known.rev, to: known.rev + 1, set: fields }])
  }

  async #recount(span: Span): Promise<void> {
    const sums = new Map<string, { readonly key: FigureKey; readonly figures: HourFigures }>()
    for (let after = firstId(span.from - slack); ; ) {
      const runs = await this.#reads.find(
        { ...rulesOf(span), order: { $gt: after, $lt: firstId(span.from + hour + slack) } },
        { sort: { order: 1 }, limit: page, hint: byDomain },
      )
      for (const run of runs) addTo(sums, run)
      const last = runs.at(-1)
      if (last === undefined || runs.length < page) break
      after = last._id
    }
    for (const { key, figures } of sums.values()) await this.#raise(key, figures)
  }

  #counted(span: Span): Promise<number> {
    return this.#number(span, rulesOf(span).stage)
  }

  #unsettled(span: Span): Promise<number> {
    return this.#number(span, { $in: ['open'] })
  }

  #number(span: Span, stage: { readonly $in: readonly string[] }): Promise<number> {
    const order = { $gt: firstId(span.from - slack), $lt: firstId(span.from + hour + slack) }
    return asked(() => this.#in.runs.countDocuments({ ...rulesOf(span), stage, order }, { hint: byDomain }))
  }

  /** The hour of the oldest run. */
  async #first(domains: readonly string[], now: Millis): Promise<Millis> {
    const options = { sort: { order: 1 }, projection: { order: 1 }, hint: byDomain } as const
    const moments = domains.map(async (domain) => {
      const rules = { domain, stage: { $in: settledStages } }
      const oldest = await asked(() => this.#in.runs.findOne(rules, options))
      return oldest === null ? now : (momentOf(`${readOrder(oldest).order}`) ?? now)
    })
    return bucketOf(Math.min(now, ...(await Promise.all(moments))), hour)
  }
}

const rulesOf = ({ domain, from }: Span) => ({
  domain,
  stage: { $in: settledStages },
  created_at: { $gte: from, $lt: from + hour },
})

function addTo(sums: Map<string, { readonly key: FigureKey; readonly figures: HourFigures }>, run: Run): void {
  for (const key of keysOf(run)) {
    // What all domains have is gathered from what each has.
    if (key.domain === '') continue
    const known = sums.get(figureId(key)) ?? { key, figures: noHour() }
    sums.set(figureId(key), known)
    addRun(known.figures.hour, run)
    addRun(minuteOf(known.figures, run.created_at), run)
  }
}
