import { addRun } from '../../model/figures.ts'
import type { Run, RunChange } from '../../model/run.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { CompareAndSet } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import { type FigureKey, figureFields, figureId, keysOf, minuteOf, noHour, readFigures } from './figure-document.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import type { RunWrites } from './run-writes.ts'
import { type Fields, readId, type Stored } from './stored.ts'
import { addStatus, noTotals, readTotals } from './total-document.ts'

/** How often a document is read and added to anew when another scheduler was faster. */
const tries = 50
const idsAtOnce = 5000

/** A document that counts runs: which runs, and what it becomes by them. */
interface Tally {
  readonly _id: string
  readonly runs: readonly Run[]
  /** Of a stored document or none: where it stands, and what it has counted. */
  read(stored: Stored | undefined): {
    readonly rev: number
    readonly counted: readonly string[]
    add(runs: readonly Run[]): Fields
  }
}

/**
 * Counts final runs into their jobs' totals and into figures, each once, and strikes the effect off.
 *
 * A document keeps the ids that it counted, until their effects are seen to be struck off. So one is counted when (1) the
 * document, as it was read, does not name it, (2) its effect was still open *after* that reading, and (3) nobody wrote the
 * document meanwhile: whoever was paused between any two of these, or died, a run is in each document once when its effect
 * is struck off, which comes last.
 */
export class Settlement {
  readonly #in: Collections
  readonly #writes: RunWrites
  readonly #of: Readonly<Record<'totals' | 'figures', { readonly sets: CompareAndSet; readonly inserts: Inserts }>>

  constructor(parts: Parts, writes: RunWrites) {
    this.#in = parts.in
    this.#writes = writes
    const writers = (name: 'totals' | 'figures') => ({
      sets: new CompareAndSet(parts.in[name], parts.told(name)),
      inserts: new Inserts(parts.in[name], parts.told(name)),
    })
    this.#of = { totals: writers('totals'), figures: writers('figures') }
  }

  async settle(given: readonly Run[]): Promise<void> {
    const runs = [...new Map(given.filter(hasTotals).map((run) => [run._id, run])).values()]
    if (runs.length === 0) return
    await Promise.all([this.#count('totals', totalsOf(runs)), this.#count('figures', figuresOf(runs))])
    failPoint('mongo.counted')
    await this.#writes.change(runs.map(struckOff))
  }

  async #count(name: 'totals' | 'figures', tallies: readonly Tally[]): Promise<void> {
    let left = tallies
    for (let round = 0; left.length > 0; round += 1) {
      if (round >= tries) throw new Error('the figures are being changed by others')
      left = await this.#countOnce(name, left)
    }
  }

  /** Those that another was faster at. */
  async #countOnce(name: 'totals' | 'figures', tallies: readonly Tally[]): Promise<readonly Tally[]> {
    const ids = tallies.map(({ _id }) => _id)
    const found = await asked(() => this.#in[name].find({ _id: { $in: ids } }).toArray())
    const stored = new Map(found.map((document) => [document._id, document]))
    const read = tallies.map((tally) => ({ tally, at: tally.read(stored.get(tally._id)) }))
    const open = await this.#open(read.flatMap(({ tally, at }) => [...tally.runs.map(({ _id }) => _id), ...at.counted]))
    const planned = read.flatMap(({ tally, at }) => {
      const counted = new Set(at.counted)
      const fresh = tally.runs.filter(({ _id }) => open.has(_id) && !counted.has(_id))
      if (fresh.length === 0) return []
      const kept = [...at.counted.filter((id) => open.has(id)), ...fresh.map(({ _id }) => _id)]
      return { tally, rev: at.rev, fields: { ...at.add(fresh), counted: kept } }
    })
    const fresh = planned.filter(({ rev }) => rev === 0)
    const known = planned.filter(({ rev }) => rev > 0)
    const { inserts, sets } = this.#of[name]
    const [inserted, won] = await Promise.all([
      inserts.add(fresh.map(({ tally: { _id }, fields }) => ({ _id, rev: 1, ...fields }))),
      sets.apply(known.map(({ tally: { _id }, rev, fields }) => ({ _id, from: rev, to: rev + 1, set: fields }))),
    ])
    return [...fresh.filter((_, at) => !inserted[at]), ...known.filter((_, at) => !won[at])].map(({ tally }) => tally)
  }

  /** Which of these runs have effects to do. */
  async #open(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const all = [...new Set(ids)]
    const open = new Set<string>()
    for (let at = 0; at < all.length; at += idsAtOnce) {
      const some = { _id: { $in: all.slice(at, at + idsAtOnce) }, 'effects.kind': 'totals' }
      for (const run of await asked(() => this.#in.runs.find(some, { projection: { _id: 1 } }).toArray()))
        open.add(readId(run)._id)
    }
    return open
  }
}

export const hasTotals = (run: Pick<Run, 'effects'>): boolean => run.effects.some(({ kind }) => kind === 'totals')

function struckOff(run: Run): RunChange {
  const effects = run.effects.filter(({ kind }) => kind !== 'totals')
  return { before: run, after: { ...run, effects, rev: run.rev + 1 }, output: null }
}

function totalsOf(runs: readonly Run[]): readonly Tally[] {
  return [...Map.groupBy(runs, (run) => run.job_id)].map(([_id, theirs]) => ({
    _id,
    runs: theirs,
    read(stored) {
      const { rev, counted, ...sum } =
        stored === undefined ? { ...noTotals(), rev: 0, counted: [] } : readTotals(stored)
      return {
        rev,
        counted,
        add(fresh) {
          const totals = { total: sum.total, success: sum.success, failed: sum.failed }
          for (const run of fresh) addStatus(totals, run.status, 1)
          return totals
        },
      }
    },
  }))
}

function figuresOf(runs: readonly Run[]): readonly Tally[] {
  const byKey = new Map<string, { readonly key: FigureKey; readonly runs: Run[] }>()
  for (const run of runs)
    for (const key of keysOf(run)) {
      const known = byKey.get(figureId(key)) ?? { key, runs: [] }
      known.runs.push(run)
      byKey.set(figureId(key), known)
    }
  return [...byKey].map(([_id, { key, runs: theirs }]) => ({
    _id,
    runs: theirs,
    read(stored) {
      const { rev, counted, figures } =
        stored === undefined ? { rev: 0, counted: [], figures: noHour() } : readFigures(stored)
      return {
        rev,
        counted,
        add(fresh) {
          for (const run of fresh) for (const sum of [figures.hour, minuteOf(figures, run.created_at)]) addRun(sum, run)
          return { ...key, ...figureFields(figures) }
        },
      }
    },
  }))
}
