import { z } from 'zod'
import type { Job } from '../../model/job.ts'
import type { Run } from '../../model/run.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { newMark } from '../../runtime/ids.ts'
import type { Collections } from './collections.ts'
import { dueTicks } from './due-ticks.ts'
import { asked } from './gate.ts'
import { proposed, type Stage, stageOf, stages } from './run-document.ts'
import type { RunWrites } from './run-writes.ts'
import { reader } from './stored.ts'

/** A run as it stands under its tick's key. `proposal` and `becomes` are there while it is proposed. */
const Found = z.object({
  _id: z.string(),
  job_id: z.string(),
  tick_key: z.string(),
  schedule_tick: z.number().nullable(),
  stage: z.string(),
  proposal: z.string().nullish(),
  becomes: z.enum(stages).nullish(),
})
const readFound = reader('run', Found)
const shape = { job_id: 1, tick_key: 1, schedule_tick: 1, stage: 1, proposal: 1, becomes: 1 } as const

/** A run of a tick that is only proposed, by the mark of whoever inserted it. */
interface Proposal {
  readonly _id: string
  readonly mark: string
  readonly becomes: Stage
}

/** A tick that stands in its job, or did when it was decided. */
export interface Tick {
  readonly job: Job
  readonly run: Run | null
}

/**
 * Inserts the runs of ticks. Two documents cannot be written in one step, and whoever does it may be stopped between any two:
 * by then others may have finished the tick, and its run be over and removed. So a run is (1) inserted as proposed, which
 * nobody gives out; (2) the job is read *after* that: where the tick still stands, nobody struck it off before the proposal was
 * there, so this is the tick's one run; (3) it begins, by the mark that was seen before the job was read. Then the tick is
 * struck off, for ever. Where the tick stands no more, the proposal came too late and is taken out again. A run is removed only
 * when its tick is seen to be struck off.
 */
export class TickRuns {
  readonly #in: Pick<Collections, 'runs' | 'jobs'>
  readonly #writes: RunWrites

  constructor(collections: Pick<Collections, 'runs' | 'jobs'>, writes: RunWrites) {
    this.#in = collections
    this.#writes = writes
  }

  /** The ticks that may be struck off now, and the ids of the runs that this call inserted. */
  async insert(
    ticks: readonly Tick[],
  ): Promise<{ readonly done: readonly Tick[]; readonly inserted: readonly string[] }> {
    const runs = ticks.flatMap(({ run }) => run ?? [])
    const own = runs.map((run): Proposal => ({ _id: run._id, mark: newMark(), becomes: stageOf(run) }))
    const isOwn = await this.#writes.propose(runs.map((run, at) => [run, own[at]?.mark ?? '']))
    const mine = own.filter((_, at) => isOwn[at])
    if (runs.length > 0) failPoint('mongo.tick-proposed')
    const others = await this.#underKeys(runs.filter((_, at) => !isOwn[at]))
    const standing = await dueTicks(
      this.#in.jobs,
      ticks.map(({ job }) => job._id),
    )
    const stands = ({ job }: Tick): boolean => job.due !== null && standing.get(job._id) === job.due.tick
    const present = new Set([...runs.filter((_, at) => isOwn[at]), ...others].map(({ tick_key }) => tick_key))
    const done = ticks.filter((tick) => stands(tick) && (tick.run === null || present.has(tick.run.tick_key)))
    const keys = new Set(done.flatMap(({ run }) => run?.tick_key ?? []))
    const theirs = others.filter(({ tick_key }) => keys.has(tick_key)).flatMap(proposalOf)
    const late = new Set(ticks.filter((tick) => !stands(tick)).flatMap(({ run }) => run?._id ?? []))
    await this.#begin([...mine.filter(({ _id }) => !late.has(_id)), ...theirs])
    const gone = await this.#withdraw(mine.filter(({ _id }) => late.has(_id)))
    return { done, inserted: mine.map(({ _id }) => _id).filter((id) => !gone.has(id)) }
  }

  /** Takes out what whoever came too late did not live to take out. */
  async sweep(limit: number): Promise<void> {
    const options = { projection: shape, sort: { order: 1 }, limit, hint: { stage: 1, order: 1, status: 1 } } as const
    const found = (await asked(() => this.#in.runs.find({ stage: proposed }, options).toArray())).map(readFound)
    if (found.length === 0) return
    const standing = await dueTicks(
      this.#in.jobs,
      found.map(({ job_id }) => job_id),
    )
    await this.#withdraw(
      found.filter(({ job_id, schedule_tick }) => standing.get(job_id) !== schedule_tick).flatMap(proposalOf),
    )
  }

  async #underKeys(runs: readonly Run[]): Promise<readonly z.infer<typeof Found>[]> {
    if (runs.length === 0) return []
    const rules = { tick_key: { $in: runs.map(({ tick_key }) => tick_key) } }
    return (await asked(() => this.#in.runs.find(rules, { projection: shape }).toArray())).map(readFound)
  }

  async #begin(proposals: readonly Proposal[]): Promise<void> {
    for (const [stage, some] of Map.groupBy(proposals, ({ becomes }) => becomes)) {
      const update = { $set: { stage }, $unset: { proposal: '', becomes: '' } } as const
      await asked(() => this.#in.runs.updateMany(still(some), update))
    }
  }

  /** The ids of those that are not there any more. One that another began meanwhile is: it saw the tick stand. */
  async #withdraw(proposals: readonly Proposal[]): Promise<ReadonlySet<string>> {
    if (proposals.length === 0) return new Set()
    await asked(() => this.#in.runs.deleteMany(still(proposals)))
    const rules = { _id: { $in: proposals.map(({ _id }) => _id) } }
    const left = (await asked(() => this.#in.runs.find(rules, { projection: shape }).toArray())).map(readFound)
    const there = new Set(left.filter(({ stage }) => stage !== proposed).map(({ _id }) => _id))
    return new Set(proposals.map(({ _id }) => _id).filter((id) => !there.has(id)))
  }
}

/** Those of the proposals that are what they were. */
const still = (proposals: readonly Proposal[]) => ({
  _id: { $in: proposals.map(({ _id }) => _id) },
  stage: proposed,
  proposal: { $in: proposals.map(({ mark }) => mark) },
})

function proposalOf({ _id, proposal, becomes }: z.infer<typeof Found>): readonly Proposal[] {
  return proposal && becomes ? [{ _id, mark: proposal, becomes }] : []
}
