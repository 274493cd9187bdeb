import { z } from 'zod'
import { listedTail } from '../../model/log.ts'
import type { JobFigures, StoredRun } from '../../ports/store.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import { liveStages, stages } from './run-document.ts'
import type { RunReads } from './run-reads.ts'
import { reader } from './stored.ts'
import { addStatus, noTotals, readTotals } from './total-document.ts'

const byJob = { stage: 1, job_id: 1, order: 1, status: 1 } as const

const readOpen = reader('run', z.object({ _id: z.string(), job_id: z.string(), status: z.string() }))
const readLive = reader(
  'count of runs',
  z.object({ _id: z.object({ job_id: z.string(), status: z.string() }), count: z.number() }),
)

/** A job's totals: a roll-up of its settled runs, and beside it the runs that are not settled yet. */
export class Totals {
  readonly #in: Pick<Collections, 'runs' | 'totals'>
  readonly #reads: RunReads

  constructor(collections: Collections, reads: RunReads) {
    this.#in = collections
    this.#reads = reads
  }

  /** The newest of `recent` comes with the end of its output; the others without, for nothing shows theirs. */
  async figures(jobIds: readonly string[], recent: number): Promise<readonly JobFigures[]> {
    // In this order: a run that is settled in between stands in the totals, under its id, and counts once.
    const [open, live] = await Promise.all([this.#open(jobIds), this.#live(jobIds)])
    const stored = await asked(() => this.#in.totals.find({ _id: { $in: jobIds } }).toArray())
    const totals = new Map(stored.map(readTotals).map((one) => [one._id, one]))
    return Promise.all(
      jobIds.map(async (job_id) => {
        const { counted, total, success, failed } = totals.get(job_id) ?? { ...noTotals(), counted: [] }
        const sum = { total, success, failed }
        const known = new Set(counted)
        for (const run of open.get(job_id) ?? []) if (!known.has(run._id)) addStatus(sum, run.status, 1)
        let queued = 0
        for (const { _id, count } of live.get(job_id) ?? []) {
          sum.total += count
          if (_id.status === 'pending' || _id.status === 'dispatched') queued += count
        }
        return { job_id, ...sum, queued, recent: await this.#newest(job_id, recent) }
      }),
    )
  }

  async #open(jobIds: readonly string[]) {
    const rules = { job_id: { $in: [...jobIds] }, stage: 'open', 'effects.kind': 'totals' }
    const options = { projection: { job_id: 1, status: 1 }, hint: byJob } as const
    const runs = await asked(() => this.#in.runs.find(rules, options).toArray())
    return Map.groupBy(runs.map(readOpen), (run) => run.job_id)
  }

  async #live(jobIds: readonly string[]) {
    const rules = { job_id: { $in: jobIds }, stage: { $in: liveStages } }
    const group = { _id: { job_id: '$job_id', status: '$status' }, count: { $sum: 1 } }
    const rows = await asked(() =>
      this.#in.runs.aggregate([{ $match: rules }, { $group: group }], { hint: byJob }).toArray(),
    )
    return Map.groupBy(rows.map(readLive), (row) => row._id.job_id)
  }

  /** The newest that started. */
  async #newest(job_id: string, limit: number): Promise<readonly StoredRun[]> {
    const started = { job_id, stage: { $in: stages }, start_ts: { $gt: Number.MIN_SAFE_INTEGER } }
    const found = await this.#reads.findWithOutput(started, { sort: { order: -1 }, limit, hint: byJob }, 0)
    const runs = found.map(({ run, output }) => ({ run, output }))
    const [first, ...rest] = runs
    if (first === undefined) return []
    const [newest] = await this.#reads.findWithOutput({ _id: first.run._id }, {}, listedTail)
    return [newest === undefined ? first : { run: newest.run, output: newest.output }, ...rest]
  }
}
