import { notFound } from '../model/errors.ts'
import type { Buckets } from '../model/figures.ts'
import type { HostSample } from '../model/host-load.ts'
import type { Job } from '../model/job.ts'
import type { LedgerRow } from '../model/ledger.ts'
import type { RunStatus } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { JobFigures, JobPage, JobQuery, LedgerQuery, Page, RunQuery, Store, StoredRun } from '../ports/store.ts'
import type { Clock } from './clock.ts'
import { type Explanation, explainRun } from './explain.ts'
import { type Scope, sees } from './scope.ts'
import { theWorker } from './the-worker.ts'
import { type AttentionView, attentionView, type Span } from './views-attention.ts'
import { mostPlanned, type Planned, plannedView } from './views-planned.ts'
import { type QueueView, queueView } from './views-queue.ts'
import {
  type ListedWorker,
  listedWorkers,
  onlineOnly,
  silentListedFor,
  silentPresences,
  type WorkerView,
  workerViews,
} from './views-workers.ts'

export type { JobFigures, JobPage, Page, StoredRun } from '../ports/store.ts'
export type { Explanation } from './explain.ts'
export type { AttentionView, Late } from './views-attention.ts'
export type { QueueView } from './views-queue.ts'
export type { ListedWorker, WorkerView } from './views-workers.ts'

export interface ViewsParts {
  readonly store: Store
  readonly broker: Broker
  readonly clock: Clock
  /** A worker without its own lease is shown as offline when it was silent for this long. */
  readonly heartbeatTtl: Millis
}

export type JobFilter = Omit<JobQuery, 'domain'>
export type RunFilter = Omit<RunQuery, 'domain'>

/** A job with the totals of its runs. */
export interface JobOverview {
  readonly job: Job
  readonly figures: JobFigures
}

/** Jobs whose figures are read in one go: each brings up to `recentRuns` runs with their output. */
const figuresAtOnce = 5
/** A piece of an overview is made for so long, and of so many jobs at least. ms */
const piece = 0.5
export const recentRuns = 12

/** What is looked at. Every method shows the scope's domain alone; what is foreign is not there. */
export class Views {
  readonly #parts: ViewsParts

  constructor(parts: ViewsParts) {
    this.#parts = parts
  }

  jobs(scope: Scope, filter: JobFilter, page: JobPage): Promise<readonly Job[]> {
    return this.#parts.store.jobs.list({ ...filter, domain: scope.domain }, page)
  }

  /** `tail`: characters of each stream's output. */
  runs(scope: Scope, filter: RunFilter, page: Page, tail: number): Promise<readonly StoredRun[]> {
    return this.#parts.store.runs.list({ ...filter, domain: scope.domain }, page, tail)
  }

  /** As `runs`, of one job. @throws NOT_FOUND where the job is not there, is deleted or another tenant's */
  async runsOfJob(
    scope: Scope,
    jobId: string,
    filter: RunFilter,
    page: Page,
    tail: number,
  ): Promise<readonly StoredRun[]> {
    await this.#seen(scope, jobId)
    return this.runs(scope, { ...filter, job_id: jobId }, page, tail)
  }

  /** The ledger of a job's ticks. @throws NOT_FOUND where the job is not there, is deleted or another tenant's */
  async ticks(scope: Scope, query: LedgerQuery, page: Page): Promise<readonly LedgerRow[]> {
    await this.#seen(scope, query.job_id)
    return this.#parts.store.jobs.ledger(query, page)
  }

  /** The jobs of an overview; those that are named and there, where some are. */
  async overviewJobs(scope: Scope, jobIds: readonly string[] | null, page: Page): Promise<readonly Job[]> {
    if (jobIds === null) return this.jobs(scope, anyJob, page)
    const { after, oldestFirst, limit } = page
    const ordered = [...new Set(jobIds)].sort((one, other) => (one < other === oldestFirst ? -1 : 1))
    const rest = ordered.filter((id) => after === null || (oldestFirst ? id > after : id < after))
    return (await Promise.all(rest.map((id) => this.#jobIfThere(scope, id)))).flat().slice(0, limit)
  }

  /** Jobs with their totals and newest runs, some at a time: a thousand of them bring up to twelve thousand runs. */
  async *overview(jobs: readonly Job[]): AsyncGenerator<readonly JobOverview[]> {
    let made: JobOverview[] = []
    let until = performance.now() + piece
    for (let at = 0; at < jobs.length; at += figuresAtOnce) {
      const some = jobs.slice(at, at + figuresAtOnce)
      const found = await this.#parts.store.jobs.figures(
        some.map((job) => job._id),
        recentRuns,
      )
      const byJob = new Map(found.map((figures) => [figures.job_id, figures]))
      made.push(...some.map((job) => ({ job, figures: byJob.get(job._id) ?? noFigures(job._id) })))
      if (performance.now() < until && at + figuresAtOnce < jobs.length) continue
      yield made
      made = []
      until = performance.now() + piece
    }
  }

  async #seen(scope: Scope, jobId: string): Promise<void> {
    const [job] = await this.#jobIfThere(scope, jobId)
    if (job === undefined) throw notFound('job', jobId)
  }

  async #jobIfThere(scope: Scope, id: string): Promise<readonly Job[]> {
    const job = await this.#parts.store.jobs.get(id)
    return job === null || job.deleted_at !== null || !sees(scope, job.domain) ? [] : [job]
  }

  async workers(scope: Scope): Promise<readonly WorkerView[]> {
    const { store, broker, clock, heartbeatTtl } = this.#parts
    const now = clock.now()
    const [here, lost, records] = await Promise.all([
      broker.workers(scope.domain),
      store.workers.lostSessions(now - silentListedFor),
      store.workers.records(scope.domain),
    ])
    const silent = silentPresences(
      here,
      lost.filter(({ domain }) => sees(scope, domain)),
      records,
    )
    return workerViews([...here, ...silent], now, heartbeatTtl)
  }

  /** As `workers`, and those that get no work because they speak another protocol. */
  async listedWorkers(scope: Scope): Promise<readonly ListedWorker[]> {
    const { broker, clock, heartbeatTtl } = this.#parts
    const [workers, strangers] = await Promise.all([this.workers(scope), broker.strangers(scope.domain)])
    return listedWorkers(workers, strangers, clock.now(), heartbeatTtl)
  }

  /** How busy a worker's machine was over the last hour. @throws NOT_FOUND; CONFLICT where several domains have one */
  async workerLoad(
    scope: Scope,
    id: string,
  ): Promise<{ readonly domain: string; readonly samples: readonly HostSample[] }> {
    const { store, clock } = this.#parts
    const { domain } = await theWorker(store, scope, id)
    return { domain, samples: await store.workers.samples(domain, id, clock.now()) }
  }

  /** What waits, in the order of dispatch and with the reason, and what is planned next. */
  async queue(scope: Scope, most: { readonly pending: number; readonly upcoming: number }): Promise<QueueView> {
    const { store, broker, clock } = this.#parts
    const pending: readonly RunStatus[] = ['pending', 'retrying']
    const oldest: Page = { limit: most.pending, after: null, oldestFirst: true }
    const [waiting, stored, upcoming, workers] = await Promise.all([
      broker.waiting(scope.domain, most.pending),
      this.runs(scope, { ...anyRun, status: pending }, oldest, 0),
      store.jobs.upcoming(scope.domain, most.upcoming),
      this.workers(scope),
    ])
    return queueView({
      waiting,
      stored: stored.map(({ run }) => run),
      upcoming,
      workers,
      now: clock.now(),
      limit: most.pending,
    })
  }

  /** What is slower than its own past, and what is late. */
  async attention(scope: Scope, span: Span): Promise<AttentionView> {
    const { store, clock } = this.#parts
    const queue = span.until === null ? await this.queue(scope, { pending: 100, upcoming: 50 }) : null
    return attentionView(span, {
      figures: store.figures,
      runs: (filter, page) => this.runs(scope, { ...anyRun, ...filter }, page, 0),
      queue,
      now: clock.now(),
    })
  }

  /** How many ticks are planned in each bucket; `until`: they are all there before it. @param jobId of this job alone */
  async planned(scope: Scope, buckets: Buckets, jobId: string | null): Promise<Planned> {
    const { store } = this.#parts
    const jobs = await (jobId === null
      ? store.jobs.upcoming(scope.domain, mostPlanned)
      : this.#jobIfThere(scope, jobId))
    return plannedView(jobs, buckets, jobs.length < mostPlanned)
  }

  /** How many workers are online and how many runs pending, in a domain or in all. */
  async counts(domain: string | null): Promise<{ workers: number; pending: number }> {
    const { store, broker, clock, heartbeatTtl } = this.#parts
    const [presences, pending] = await Promise.all([broker.workers(domain), store.runs.countPending(domain)])
    return { workers: workerViews(presences, clock.now(), heartbeatTtl).filter(onlineOnly).length, pending }
  }

  /** Why a run has not started, in one sentence, and what each worker says to it. @throws NOT_FOUND */
  async explain(scope: Scope, runId: string): Promise<Explanation> {
    const { store, broker, clock } = this.#parts
    const run = await store.runs.get(runId)
    if (run === null || !sees(scope, run.domain)) throw notFound('run', runId)
    const theirs: Scope = { ...scope, domain: run.domain }
    const [workers, waiting] = await Promise.all([this.workers(theirs), broker.waiting(run.domain, 1000)])
    const ahead = waiting.findIndex((one) => one.run_id === run._id)
    return explainRun(run, { workers, ahead: ahead < 0 ? null : ahead, now: clock.now() })
  }
}

export const anyJob: JobFilter = { q: null, mode: null, enabled: null, queue: null }

export const anyRun: RunFilter = {
  job_id: null,
  status: null,
  worker_id: null,
  user: null,
  since: null,
  until: null,
  q: null,
}

const noFigures = (job_id: string): JobFigures => ({ job_id, total: 0, success: 0, failed: 0, queued: 0, recent: [] })
