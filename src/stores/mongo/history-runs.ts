import { z } from 'zod'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { Keeper, RunHistory } from '../../ports/history.ts'
import { firstId } from '../id-time.ts'
import type { AuditWrites } from './audit-writes.ts'
import type { Collections } from './collections.ts'
import { dueTicks } from './due-ticks.ts'
import { FirstRuns } from './first-runs.ts'
import { asked } from './gate.ts'
import type { RunRanges } from './id-range.ts'
import { removeSome } from './removal.ts'
import { settledStages, stages, used } from './run-document.ts'
import type { RunReads } from './run-reads.ts'
import { beginningWith, reader } from './stored.ts'

const byStage = { stage: 1, order: 1, status: 1 } as const
const byDomain = { domain: 1, ...byStage } as const
const byJob = { stage: 1, job_id: 1, order: 1, status: 1 } as const
const settled = { stage: { $in: settledStages } }
/** Ids that are used up are kept so long: nobody is stopped amid an insertion for longer, and then goes on. ms */
const usedUpFor: Millis = 30 * 24 * 3_600_000
const usedUpAtOnce = 1000
/** Chunks whose sizes are looked at in one go. */
const chunksAtOnce = 500

const readDomains = reader('list of domains', z.array(z.string()))
const readKeeper = reader('job', z.object({ _id: z.string(), keep_runs: z.number() }))
const readOrder = reader('run', z.object({ _id: z.string(), order: z.string() }))
const readSize = reader('chunk of a log', z.object({ _id: z.string(), size: z.number() }))
const ended = { end_ts: 1, job_id: 1, schedule_tick: 1 } as const
const End = z.object({
  _id: z.string(),
  end_ts: z.number().nullable(),
  job_id: z.string(),
  schedule_tick: z.number().nullable(),
})
const readEnd = reader('run', End)
const Removed = z.object({ _id: z.string(), job_id: z.string(), tick_key: z.string() })
const readRemoved = reader('run', Removed)
const readRequest = reader('record of a request', z.object({ ids: z.object({ run_id: z.string() }) }))

/** Finds and removes old runs in MongoDB. */
export class MongoRunHistory implements RunHistory {
  readonly #in: Collections
  readonly #reads: RunReads
  readonly #ranges: RunRanges
  readonly #audit: AuditWrites
  readonly #firsts: FirstRuns

  constructor(collections: Collections, reads: RunReads, ranges: RunRanges, audit: AuditWrites) {
    this.#in = collections
    this.#audit = audit
    this.#firsts = new FirstRuns(collections)
    this.#reads = reads
    this.#ranges = ranges
  }

  /** Read in the order of creation: what was created later did not end before. */
  async endedBefore(before: Millis | null, domain: string | null, limit: number): Promise<readonly string[]> {
    if (limit <= 0) return []
    const bound = await this.#ranges.madeBefore(before)
    const domains = domain === null ? readDomains(await asked(() => this.#in.runs.distinct('domain'))) : [domain]
    const found: string[] = []
    for (const one of domains) {
      const rules = {
        domain: one,
        ...settled,
        ...(before !== null && { end_ts: { $lt: before } }),
        ...(bound !== null && { order: { $lt: bound } }),
      }
      const options = { projection: ended, sort: { order: 1 }, limit: limit - found.length, hint: byDomain } as const
      const runs = await asked(() => this.#in.runs.find(rules, options).toArray())
      found.push(...(await this.#struckOff(runs.map(readEnd))))
      if (found.length >= limit) break
    }
    return found
  }

  async keeping(of: readonly string[] | { readonly after: string | null; readonly limit: number }) {
    const isList = 'length' in of
    if (!isList && of.limit <= 0) return []
    const place = isList ? { _id: { $in: of } } : of.after === null ? {} : { _id: { $gt: of.after } }
    const options = {
      projection: { keep_runs: 1 },
      ...(!isList && { sort: { _id: 1 } as const, limit: of.limit, hint: { keeps: 1, _id: 1 } as const }),
    }
    const found = await asked(() => this.#in.jobs.find({ keeps: 1, ...place }, options).toArray())
    return found.map(readKeeper).map(({ _id, keep_runs }): Keeper => ({ job_id: _id, keep: keep_runs }))
  }

  async surplus({ job_id, keep }: Keeper, before: Millis, limit: number): Promise<readonly string[]> {
    const rules = { job_id, ...settled }
    const newest = { projection: { order: 1 }, sort: { order: -1 }, skip: keep, limit: 1, hint: byJob } as const
    const [first] = await asked(() => this.#in.runs.find(rules, newest).toArray())
    if (first === undefined || limit <= 0) return []
    const oldest = { projection: ended, sort: { order: 1 }, limit, hint: byJob } as const
    const upTo = { ...rules, order: { $lte: readOrder(first).order } }
    const found = (await asked(() => this.#in.runs.find(upTo, oldest).toArray())).map(readEnd)
    return this.#struckOff(found.filter(({ end_ts }) => end_ts !== null && end_ts < before))
  }

  /** Without those that still stand in their job, by themselves or by their tick: whoever finishes it would make the run again. */
  async #struckOff(runs: readonly z.infer<typeof End>[]): Promise<readonly string[]> {
    const ofTicks = runs.filter(({ schedule_tick }) => schedule_tick !== null)
    const [standing, firsts] = await Promise.all([
      dueTicks(this.#in.jobs, [...new Set(ofTicks.map(({ job_id }) => job_id))]),
      this.#firsts.standing(runs),
    ])
    return runs.flatMap(({ _id, job_id, schedule_tick }) =>
      firsts.has(_id) || (schedule_tick !== null && standing.get(job_id) === schedule_tick) ? [] : _id,
    )
  }

  async oldestOf(jobId: string): Promise<Run | null> {
    const look = { sort: { order: 1 }, limit: 1, hint: byJob } as const
    const [run] = await this.#reads.find({ job_id: jobId, stage: { $in: stages } }, look)
    return run ?? null
  }

  /** What lies apart goes first: a crash in between leaves a run that is found again. */
  async remove(ids: readonly string[]): Promise<number> {
    const rules = { _id: { $in: ids }, ...settled }
    const projection = { job_id: 1, tick_key: 1, audit: 1 } as const
    const found = await asked(() => this.#in.runs.find(rules, { projection }).toArray())
    if (found.length === 0) return 0
    await this.#audit.listRidersOf(found)
    const runs = found.map(readRemoved)
    const theirs = { $in: runs.map(({ _id }) => _id) }
    await asked(() => this.#in.outputs.deleteMany({ run_id: theirs }))
    await asked(() => this.#in.attempts.deleteMany({ run_id: theirs }))
    const kept = await this.#usedUp(runs)
    return kept + (await asked(() => this.#in.runs.deleteMany({ _id: theirs, ...settled }))).deletedCount
  }

  /** Leaves the ids behind of those that might be inserted again; of how many. */
  async #usedUp(runs: readonly z.infer<typeof Removed>[]): Promise<number> {
    const rescued = await this.#firsts.rescued(runs)
    const operations = runs.flatMap(({ _id, tick_key }) =>
      rescued.has(_id) ? { replaceOne: { filter: { _id, ...settled }, replacement: { tick_key, stage: used } } } : [],
    )
    if (operations.length === 0) return 0
    // Those that came before are few, and go with the next one.
    const longAgo = { stage: used, _id: { $lt: firstId(Date.now() - usedUpFor) } }
    await removeSome(this.#in.runs, longAgo, usedUpAtOnce, { hint: byStage })
    return (await asked(() => this.#in.runs.bulkWrite(operations, { ordered: false }))).modifiedCount
  }

  async removeLogs(ids: readonly string[], bytes: number): Promise<readonly string[]> {
    const gone: string[] = []
    let left = bytes
    for (const id of ids) {
      for (let isWhole = false; !isWhole; ) {
        const removed = await this.#removeChunks(id, left)
        left -= removed.bytes
        isWhole = removed.isWhole
        if (isWhole) gone.push(id)
        else if (left <= 0) return gone
      }
    }
    return gone
  }

  /** Removes a run's first chunks until the bytes are used up; whether that was all of them. */
  async #removeChunks(id: string, bytes: number): Promise<{ readonly bytes: number; readonly isWhole: boolean }> {
    const options = { projection: { size: 1 }, sort: { _id: 1 }, limit: chunksAtOnce } as const
    const page = await asked(() => this.#in.chunks.find({ _id: beginningWith(`${id}:`) }, options).toArray())
    const chunks = page.map(readSize)
    let removed = 0
    const some = chunks.filter(({ size }) => {
      if (removed >= bytes) return false
      removed += size
      return true
    })
    if (some.length > 0) {
      const theirs = some.map(({ _id }) => _id)
      await asked(() => this.#in.chunks.deleteMany({ _id: { $in: theirs } }))
    }
    return { bytes: removed, isWhole: some.length === chunks.length && chunks.length < chunksAtOnce }
  }

  async unanswered(limit: number): Promise<readonly string[]> {
    if (limit <= 0) return []
    const options = { sort: { created_at: 1 }, limit, hint: { answered: 1, created_at: 1 } } as const
    const found = await asked(() => this.#in.requests.find({ answered: 0 }, options).toArray())
    return found.map((request) => readRequest(request).ids.run_id)
  }
}
