import { z } from 'zod'
import type { Job, JobVersion } from '../../model/job.ts'
import type { LedgerRow } from '../../model/ledger.ts'
import type { Run } from '../../model/run.ts'
import type { TickDecision } from '../../model/ticks.ts'
import type { Millis } from '../../model/time.ts'
import type { JobFigures, JobPage, JobQuery, JobStore, LedgerQuery, OpenJobs, Page, Told } from '../../ports/store.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { ById } from './by-id.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import { firstRunOf, presentVersion, readJob, readVersion, versionId } from './job-document.ts'
import { JobLists } from './job-lists.ts'
import type { Inserted, JobWrites } from './job-writes.ts'
import type { Ledger } from './ledger.ts'
import type { RunWrites } from './run-writes.ts'
import { beginningWith, reader } from './stored.ts'
import { TickRuns } from './tick-runs.ts'
import type { Totals } from './totals.ts'

const byPlan = { deleted: 1, next_run_at: 1, order: 1 } as const
const readPlan = reader('job', z.object({ _id: z.string(), next_run_at: z.number() }))

interface JobParts {
  readonly in: Collections
  readonly writes: JobWrites
  readonly runs: RunWrites
  readonly totals: Totals
  readonly ledger: Ledger
}

/** Jobs, their versions and the ledger of ticks in MongoDB. */
export class MongoJobs implements JobStore {
  readonly #in: Collections
  readonly #writes: JobWrites
  readonly #tickRuns: TickRuns
  readonly #totals: Totals
  readonly #ledger: Ledger
  readonly #lists: JobLists
  readonly #byId: ById

  constructor({ in: collections, writes, runs, totals, ledger }: JobParts) {
    this.#in = collections
    this.#writes = writes
    this.#tickRuns = new TickRuns(collections, runs)
    this.#totals = totals
    this.#ledger = ledger
    this.#lists = new JobLists(collections.jobs)
    this.#byId = new ById(collections.jobs)
  }

  insert(job: Job, version: JobVersion, firstRun: Run | null, told: Told = null): Promise<Inserted> {
    return this.#writes.insert(job, version, firstRun, told)
  }

  async get(id: string): Promise<Job | null> {
    const stored = await this.#byId.get(id)
    return stored === null ? null : readJob(stored)
  }

  list(query: JobQuery, page: JobPage): Promise<readonly Job[]> {
    return this.#lists.page(query, page)
  }

  ids(query: JobQuery, page: Page): Promise<readonly string[]> {
    return this.#lists.ids(query, page)
  }

  count(domain: string | null): Promise<number> {
    const rules = { ...(domain !== null && { domain }), deleted: 0 }
    const hint = { ...(domain !== null && { domain: 1 as const }), deleted: 1 as const, order: 1 as const }
    return asked(() => this.#in.jobs.countDocuments(rules, { hint }))
  }

  replace(before: Job, after: Job, version: JobVersion | null, told: Told = null): Promise<boolean> {
    return this.#writes.replace(before, after, version, told)
  }

  async version(jobId: string, version: number): Promise<JobVersion | null> {
    const job = await this.#byId.get(jobId)
    if (job !== null && readJob(job).version === version) return presentVersion(job)
    const stored = await asked(() => this.#in.versions.findOne({ _id: versionId(jobId, version) }))
    return stored === null ? null : readVersion(stored)
  }

  async versions(jobId: string, { after, limit, oldestFirst }: Page): Promise<readonly JobVersion[]> {
    if (limit <= 0) return []
    const than = oldestFirst ? '$gt' : '$lt'
    const place = after === null ? {} : { [than]: versionId(jobId, Number(after)) }
    const _id = { ...beginningWith(`${jobId}:`), ...place }
    const options = { sort: { _id: oldestFirst ? 1 : -1 }, limit } as const
    // The job first: what replaces its version meanwhile has stored it before.
    const job = await this.#byId.get(jobId)
    const stored = (await asked(() => this.#in.versions.find({ _id }, options).toArray())).map(readVersion)
    if (job === null) return stored
    const present = presentVersion(job)
    const isAsked = after === null || (oldestFirst ? present.version > Number(after) : present.version < Number(after))
    const others = stored.filter(({ version }) => version !== present.version)
    const all = isAsked ? [...others, present] : others
    const sorted = all.sort((one, other) => (one.version - other.version) * (oldestFirst ? 1 : -1))
    return sorted.slice(0, limit)
  }

  due(until: Millis, limit: number, since: Millis = Number.MIN_SAFE_INTEGER): Promise<readonly Job[]> {
    return this.#planned({ next_run_at: { $gte: since, $lte: until } }, limit)
  }

  async nextDue(): Promise<Millis | null> {
    const rules = { deleted: 0, next_run_at: { $gte: Number.MIN_SAFE_INTEGER } }
    const options = { projection: { next_run_at: 1 }, sort: { next_run_at: 1 }, hint: byPlan } as const
    const next = await asked(() => this.#in.jobs.findOne(rules, options))
    return next === null ? null : readPlan(next).next_run_at
  }

  upcoming(domain: string | null, limit: number): Promise<readonly Job[]> {
    const some = { next_run_at: { $gte: Number.MIN_SAFE_INTEGER } }
    return this.#planned(domain === null ? some : { domain, ...some }, limit)
  }

  async decideTicks(decisions: readonly TickDecision[]): Promise<readonly TickDecision[]> {
    const won = await this.#writes.change(decisions.map(({ before, after }) => ({ before, after, version: null })))
    return decisions.filter((_, at) => won[at])
  }

  async withDue(after: string | null, limit: number): Promise<OpenJobs> {
    if (after === null) await this.#tickRuns.sweep(limit)
    const { jobs, next } = await this.#open(1, after, limit)
    await this.#writes.close(jobs.filter(({ due }) => due === null).map(({ _id }) => _id))
    return { jobs: jobs.filter(({ due }) => due !== null), next }
  }

  async withEffects(after: string | null, limit: number): Promise<OpenJobs> {
    return this.#open(2, after, limit)
  }

  /** What a crash left of insertions is finished on the way. */
  async #open(open: 1 | 2, after: string | null, limit: number): Promise<OpenJobs> {
    const options = { sort: { _id: 1 }, limit, hint: { open: 1, _id: 1 } } as const
    const rules = { open, ...(after !== null && { _id: { $gt: after } }) }
    const found = await asked(() => this.#in.jobs.find(rules, options).toArray())
    await this.#writes.finishFirst(found.filter((document) => firstRunOf(document) !== null))
    return { jobs: found.map(readJob), next: found.length < limit ? null : (found.at(-1)?._id ?? null) }
  }

  /** A tick that does not stand in its job any more is finished: its run may be gone again by now. See `tick-runs.ts`. */
  async finishTicks(ticks: readonly { readonly job: Job; readonly run: Run | null }[]): Promise<readonly string[]> {
    if (ticks.length === 0) return []
    const { done, inserted } = await this.#tickRuns.insert(ticks)
    await this.#writes.putSkips(done.flatMap(({ job }) => job.due?.skip ?? []))
    if (inserted.length > 0) failPoint('mongo.tick-inserted')
    await this.#writes.clearDue(done.map(({ job }) => job))
    return inserted
  }

  ledger(query: LedgerQuery, page: Page): Promise<readonly LedgerRow[]> {
    return this.#ledger.page(query, page)
  }

  figures(jobIds: readonly string[], recent: number): Promise<readonly JobFigures[]> {
    return this.#totals.figures(jobIds, recent)
  }

  /** Planned jobs, soonest first. */
  async #planned(rules: Readonly<Record<string, unknown>>, limit: number): Promise<readonly Job[]> {
    if (limit <= 0) return []
    const hint = { ...('domain' in rules && { domain: 1 as const }), ...byPlan }
    const options = { sort: { next_run_at: 1, order: 1 }, limit, hint } as const
    return (await asked(() => this.#in.jobs.find({ ...rules, deleted: 0 }, options).toArray())).map(readJob)
  }
}
