import { z } from 'zod'
import type { LiveRuns } from '../../model/overlap.ts'
import { isFinal, type Run, type RunChange } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { Page, RunQuery, RunStore, StoredRun, Told } from '../../ports/store.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import type { MongoLogs } from './logs.ts'
import { liveStages, noRuns, queuedStages, stages } from './run-document.ts'
import type { RunLists } from './run-lists.ts'
import type { RunReads } from './run-reads.ts'
import type { RunWrites } from './run-writes.ts'
import type { Settlement } from './settlement.ts'
import { reader } from './stored.ts'

const byStage = { stage: 1, order: 1, status: 1 } as const
const bySession = { stage: 1, session: 1, not_before: 1, domain: 1 } as const
const byRetried = { retry_of: 1 } as const
const byJob = { stage: 1, job_id: 1, order: 1, status: 1 } as const

const readRetry = reader('run', z.object({ _id: z.string(), retry_of: z.string() }))
const readMoment = reader('run', z.object({ _id: z.string(), not_before: z.number() }))
const Place = z.object({ _id: z.string(), job_id: z.string(), order: z.string() })
const readPlace = reader('run', Place)
const readSessions = reader('list of sessions', z.array(z.string().nullable()))
const readQueue = reader('queue', z.object({ _id: z.string(), depth: z.number(), since: z.number() }))

interface RunParts {
  readonly in: Collections
  readonly reads: RunReads
  readonly writes: RunWrites
  readonly lists: RunLists
  readonly settlement: Settlement
  readonly logs: Pick<MongoLogs, 'ended'>
}

/** Runs in MongoDB. Every query begins with a run's stage, its job, its domain or its id: see `indexes.ts`. */
export class MongoRuns implements RunStore {
  readonly #parts: RunParts

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  async insert(runs: readonly Run[]): Promise<readonly string[]> {
    const inserted = await this.#parts.writes.insert(runs)
    return runs.filter((_, at) => inserted[at]).map(({ _id }) => _id)
  }

  async insertOne(run: Run, told: Told): Promise<boolean> {
    const [inserted = false] = await this.#parts.writes.insert([run], told)
    return inserted
  }

  async get(id: string): Promise<Run | null> {
    const [run] = await this.#parts.reads.byIds([id])
    return run ?? null
  }

  byIds(ids: readonly string[]): Promise<readonly Run[]> {
    return this.#parts.reads.byIds(ids)
  }

  withOutput(id: string): Promise<StoredRun | null> {
    return this.#parts.reads.withOutput(id)
  }

  async retries(of: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rules = { retry_of: { $in: [...of] }, stage: { $nin: noRuns } }
    const options = { projection: { retry_of: 1 }, hint: byRetried } as const
    const found = await asked(() => this.#parts.in.runs.find(rules, options).toArray())
    const newest = new Map<string, string>()
    for (const { _id, retry_of } of found.map(readRetry))
      if (_id > (newest.get(retry_of) ?? '')) newest.set(retry_of, _id)
    return newest
  }

  list(query: RunQuery, page: Page, tail: number): Promise<readonly StoredRun[]> {
    return this.#parts.lists.page(query, page, tail)
  }

  ids(query: RunQuery, page: Page): Promise<readonly string[]> {
    return this.#parts.lists.ids(query, page)
  }

  async giveOut(changes: readonly RunChange[]): Promise<readonly RunChange[]> {
    const won = await this.#parts.writes.change(changes)
    const lost = changes.filter((_, at) => !won[at])
    // One that was given out before, whose answer was lost: its own grant stands in the run.
    const granted = lost.length > 0 ? await this.#parts.writes.granted(lost.map(({ after }) => after)) : new Set<Run>()
    return changes.filter((change, at) => won[at] || granted.has(change.after))
  }

  async move(changes: readonly RunChange[]): Promise<readonly RunChange[]> {
    const won = await this.#parts.writes.change(changes)
    const moved = changes.filter((_, at) => won[at])
    for (const { after } of moved) if (isFinal(after)) this.#parts.logs.ended(after._id, after.attempt)
    return moved
  }

  async waiting(until: Millis, after: string | null, limit: number): Promise<readonly Run[]> {
    const place = after === null ? {} : { order: { $gt: await this.#parts.lists.orderOf(after) } }
    const rules = { stage: { $in: queuedStages }, not_before: { $lte: until }, ...place }
    return this.#parts.reads.find(rules, { sort: { order: 1 }, limit, hint: byStage })
  }

  comingDue(from: Millis, to: Millis, limit: number): Promise<readonly Run[]> {
    return this.#parts.reads.find(
      { stage: { $in: queuedStages }, session: null, not_before: { $gt: from, $lte: to } },
      { sort: { not_before: 1 }, limit, hint: bySession },
    )
  }

  async nextDue(now: Millis): Promise<Millis | null> {
    const options = { projection: { not_before: 1 }, sort: { not_before: 1 }, hint: bySession } as const
    const next = await asked(() =>
      this.#parts.in.runs.findOne({ stage: { $in: queuedStages }, session: null, not_before: { $gt: now } }, options),
    )
    return next === null ? null : readMoment(next).not_before
  }

  ofSession(session: string): Promise<readonly Run[]> {
    return this.#parts.reads.find({ stage: 'out', session }, { hint: bySession })
  }

  async outSessions(): Promise<readonly string[]> {
    const found = await asked(() => this.#parts.in.runs.distinct('session', { stage: 'out' }))
    return readSessions(found).flatMap((session) => session ?? [])
  }

  async liveOfJobs(jobIds: readonly string[]): Promise<ReadonlyMap<string, LiveRuns>> {
    if (jobIds.length === 0) return new Map()
    const limit = jobIds.length * usuallyLive
    const rules = { job_id: { $in: jobIds }, stage: { $in: liveStages } }
    const options = { projection: { job_id: 1, order: 1 }, limit, hint: byJob } as const
    const [documents, held] = await Promise.all([
      asked(() => this.#parts.in.runs.find(rules, options).toArray()),
      this.heldOfJobs(jobIds),
    ])
    // Of jobs with very many of them the oldest is looked for, one job after the other.
    const known = documents.length < limit ? documents.map(readPlace) : await this.#oldestOf(jobIds)
    const oldest = new Map<string, z.infer<typeof Place>>()
    for (const run of known) {
      const other = oldest.get(run.job_id)
      if (other === undefined || run.order < other.order) oldest.set(run.job_id, run)
    }
    const waiting = new Map<string, string>()
    for (const { job_id, _id, hold } of held)
      if (hold?.kind === 'overlap' && !waiting.has(job_id)) waiting.set(job_id, _id)
    return new Map([...oldest].map(([id, { _id }]) => [id, { oldest: _id, waiting: waiting.get(id) ?? null }]))
  }

  async #oldestOf(jobIds: readonly string[]): Promise<readonly z.infer<typeof Place>[]> {
    const options = { projection: { job_id: 1, order: 1 }, sort: { order: 1 }, hint: byJob } as const
    const found: z.infer<typeof Place>[] = []
    for (const job_id of jobIds) {
      const rules = { job_id, stage: { $in: liveStages } }
      const run = await asked(() => this.#parts.in.runs.findOne(rules, options))
      if (run !== null) found.push(readPlace(run))
    }
    return found
  }

  heldOfJobs(jobIds: readonly string[]): Promise<readonly Run[]> {
    const look = { sort: { job_id: 1, order: 1 }, hint: byJob } as const
    return this.#parts.reads.find({ stage: 'held', job_id: { $in: jobIds } }, look)
  }

  async held(after: Pick<Run, 'job_id' | '_id'> | null, limit: number): Promise<readonly Run[]> {
    const place = after === null ? {} : await this.#beyond(after)
    const look = { sort: { job_id: 1, order: 1 }, limit, hint: byJob } as const
    return this.#parts.reads.find({ stage: 'held', ...place }, look)
  }

  async #beyond({ job_id, _id }: Pick<Run, 'job_id' | '_id'>) {
    const order = await this.#parts.lists.orderOf(_id)
    return { job_id: { $gte: job_id }, $or: [{ job_id: { $gt: job_id } }, { order: { $gt: order } }] }
  }

  live(jobId: string, limit: number): Promise<readonly Run[]> {
    return this.#parts.reads.find(
      { job_id: jobId, stage: { $in: liveStages } },
      { sort: { order: 1 }, limit, hint: byJob },
    )
  }

  withEffects(limit: number): Promise<readonly Run[]> {
    return this.#parts.reads.find({ stage: 'open' }, { sort: { order: 1 }, limit, hint: byStage })
  }

  settle(runs: readonly Run[]): Promise<void> {
    return this.#parts.settlement.settle(runs)
  }

  async queues(now: Millis) {
    const due = { stage: { $in: queuedStages }, session: null, not_before: { $lte: now } }
    const group = { _id: '$domain', depth: { $sum: 1 }, since: { $min: '$not_before' } }
    const rows = await asked(() =>
      this.#parts.in.runs.aggregate([{ $match: due }, { $group: group }], { hint: bySession }).toArray(),
    )
    return rows.map(readQueue).map(({ _id, depth, since }) => ({ domain: _id, depth, since }))
  }

  countPending(domain: string | null): Promise<number> {
    const rules = { stage: { $in: stages.filter((stage) => waitingStages.has(stage)) }, status: 'pending' }
    if (domain === null) return asked(() => this.#parts.in.runs.countDocuments(rules, { hint: byStage }))
    const hint = { domain: 1, ...byStage } as const
    return asked(() => this.#parts.in.runs.countDocuments({ domain, ...rules }, { hint }))
  }
}

/** Live runs that a job has at most, as a rule. */
const usuallyLive = 20
const waitingStages: ReadonlySet<string> = new Set([...queuedStages, 'held'])
