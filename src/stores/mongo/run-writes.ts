import { z } from 'zod'
import type { Run, RunChange } from '../../model/run.ts'
import type { Told } from '../../ports/store.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { newMark } from '../../runtime/ids.ts'
import { carrying } from './audit-document.ts'
import type { AuditWrites } from './audit-writes.ts'
import { CompareAndSet, type Step } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import { asked } from './gate.ts'
import type { RunRanges } from './id-range.ts'
import { Inserts } from './inserts.ts'
import {
  attemptPage,
  headId,
  keptFrom,
  proposed,
  runChanges,
  runDocument,
  splitOutput,
  stageOf,
} from './run-document.ts'
import { pageId } from './run-reads.ts'
import { reader, type Stored } from './stored.ts'

const readGrant = reader('run', z.object({ _id: z.string(), grant: z.string().nullable() }))

interface Planned {
  readonly change: RunChange
  readonly step: Step
  /** The beginning of its output, which lies apart. */
  readonly head: Stored | null
}

/**
 * Writes runs. What lies apart is written before the run that names it, so whoever reads the run finds it; what a crash, or
 * a compare-and-set that was lost, leaves of it nobody names.
 */
export class RunWrites {
  readonly #in: Collections
  readonly #inserts: Inserts
  readonly #heads: Inserts
  readonly #pages: Inserts
  readonly #sets: CompareAndSet
  readonly #ranges: RunRanges
  readonly #audit: AuditWrites

  constructor(parts: Parts, ranges: RunRanges, audit: AuditWrites) {
    this.#audit = audit
    this.#in = parts.in
    this.#inserts = new Inserts(parts.in.runs, parts.told('runs'))
    this.#heads = new Inserts(parts.in.outputs, parts.told('outputs'))
    this.#pages = new Inserts(parts.in.attempts, parts.told('attempts'))
    this.#sets = new CompareAndSet(parts.in.runs, parts.told('runs'))
    this.#ranges = ranges
  }

  /** Whether each was inserted: not one whose id or tick is there. */
  async insert(runs: readonly Run[], told: Told = null): Promise<readonly boolean[]> {
    await this.#ranges.note(runs)
    await this.#keepPages(runs.map((run) => [0, run]))
    const inserted = await this.#inserts.add(runs.map((run) => ({ ...runDocument(run), ...carrying(told) })))
    await this.#audit.list(
      'runs',
      runs.map((run, at) => [run._id, inserted[at] ? told : null]),
    )
    return inserted
  }

  /** As `insert`, of runs of ticks, which do not begin yet; each under a mark. */
  async propose(runs: readonly (readonly [run: Run, mark: string])[]): Promise<readonly boolean[]> {
    await this.#ranges.note(runs.map(([run]) => run))
    return this.#inserts.add(
      runs.map(([run, proposal]) => ({ ...runDocument(run), stage: proposed, proposal, becomes: stageOf(run) })),
    )
  }

  /** Whether each won. */
  async change(changes: readonly RunChange[]): Promise<readonly boolean[]> {
    const planned = changes.map(plan)
    const heads = planned.flatMap(({ head }) => head ?? [])
    await this.#heads.add(heads)
    if (heads.length > 0) failPoint('mongo.head-stored')
    await this.#keepPages(changes.map(({ before, after }) => [before.attempts.length, after]))
    const won = await this.#sets.apply(planned.map(({ step }) => step))
    await this.#audit.list(
      'runs',
      changes.map(({ after, told = null }, at) => [after._id, won[at] ? told : null]),
    )
    await this.#forget(planned, won)
    return won
  }

  /** Which of these the store says were given out under their own grant. */
  async granted(runs: readonly Run[]): Promise<ReadonlySet<Run>> {
    const ids = runs.map(({ _id }) => _id)
    const found = await asked(() => this.#in.runs.find({ _id: { $in: ids } }, { projection: { grant: 1 } }).toArray())
    const grants = new Map(found.map(readGrant).map(({ _id, grant }) => [_id, grant]))
    return new Set(runs.filter(({ _id, grant }) => grant !== null && grants.get(_id) === grant))
  }

  /** Pages of attempts that a run outgrows: all of them ended and are in the store already, so any writer writes the same. */
  async #keepPages(runs: readonly (readonly [had: number, run: Run])[]): Promise<void> {
    const pages = runs.flatMap(([had, { _id, attempts }]): Stored[] => {
      const found: Stored[] = []
      for (let from = keptFrom(had); from < keptFrom(attempts.length); from += attemptPage)
        found.push({
          _id: pageId(_id, from / attemptPage),
          run_id: _id,
          attempts: attempts.slice(from, from + attemptPage),
        })
      return found
    })
    await this.#pages.add(pages)
  }

  /** Output that nobody names any more: of those that lost, and of earlier attempts of those that won. */
  async #forget(planned: readonly Planned[], won: readonly boolean[]): Promise<void> {
    const lost = planned.flatMap(({ head }, at) => (head !== null && !won[at] ? head._id : []))
    if (lost.length > 0) await asked(() => this.#in.outputs.deleteMany({ _id: { $in: lost } }))
    for (const [at, { change, step }] of planned.entries()) {
      if (!won[at] || change.output === null || change.after.attempts.length <= 1) continue
      await asked(() => this.#in.outputs.deleteMany({ _id: { $gte: `${step._id}:`, $lt: headId(step._id, step.to) } }))
    }
  }
}

function plan(change: RunChange): Planned {
  const { before, after, output, told = null } = change
  const [_id, from, to] = [after._id, before.rev, after.rev]
  const changes = runChanges(before, after)
  if (output === null) return { change, step: { _id, from, to, set: changes, told }, head: null }
  const { tails, head } = splitOutput(output)
  const id = head === null ? null : headId(_id, to, newMark())
  const step = { _id, from, to, set: { ...changes, ...tails, head: id }, told }
  return { change, step, head: id === null ? null : { _id: id, run_id: _id, ...head } }
}
