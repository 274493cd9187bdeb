import type { JobSort } from '../model/job-order.ts'
import type { TickOutcome } from '../model/ledger.ts'
import type { scheduleModes } from '../model/schedule.ts'
import type { GanttDocument, GraphDocument, GridDocument } from '../model/wire/charts.ts'
import type {
  DeletedDocument,
  JobDocument,
  QueuedDocument,
  VerdictDocument,
  VersionDocument,
} from '../model/wire/job.ts'
import type { OverviewDocument } from '../model/wire/queue.ts'
import type { RunDocument } from '../model/wire/run.ts'
import type { TickDocument } from '../model/wire/schedule.ts'
import type { JobInput, JobPatch } from './input.ts'
import { asOnce, asWish, type Once, type RunOnce } from './once.ts'
import { entries, type Page, type PageQuery, page } from './pages.ts'
import type { RunQuery } from './runs.ts'
import { segment, type Transport } from './transport.ts'

/** What a list of jobs is narrowed by. */
export type JobQuery = PageQuery & {
  /** Part of the name or of the key. */
  readonly q?: string
  readonly mode?: (typeof scheduleModes)[number]
  readonly enabled?: boolean
  readonly queue?: string
  /** Upwards, and with a minus downwards. */
  readonly sort?: JobSort | `-${JobSort}`
}

/** What a ledger of ticks is narrowed by; times as ISO 8601. */
export type TickQuery = PageQuery & {
  readonly since?: string
  readonly until?: string
  readonly outcome?: TickOutcome
}

/** Job definitions. */
export class Jobs {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** All that fit, newest first, page by page as they are taken. */
  list(query?: JobQuery, signal?: AbortSignal): AsyncGenerator<JobDocument, void> {
    return entries(this.#transport, { path: '/jobs/', query, signal })
  }

  page(query?: JobQuery, signal?: AbortSignal): Promise<Page<JobDocument>> {
    return page(this.#transport, { path: '/jobs/', query, signal })
  }

  get(id: string): Promise<JobDocument> {
    return this.#transport.json({ path: at(id) })
  }

  /** Stores a definition; an immediate one runs at once. */
  create(definition: JobInput, once: Once = {}): Promise<JobDocument> {
    return this.#make('/jobs/', definition, once)
  }

  /** Runs a definition once, now, whatever its schedule says. */
  adhoc(definition: JobInput, once: Once = {}): Promise<JobDocument> {
    return this.#make('/jobs/adhoc', definition, once)
  }

  /** As `create` or `adhoc`, of a definition that was read from elsewhere: the server says what is wrong with it. */
  createFrom(
    definition: unknown,
    { adhoc = false, ...once }: Once & { readonly adhoc?: boolean } = {},
  ): Promise<JobDocument> {
    return this.#make(adhoc ? '/jobs/adhoc' : '/jobs/', definition, once)
  }

  /** Changes what is sent (RFC 7396). @param ifVersion refuses with PRECONDITION_FAILED unless this is its version */
  update(id: string, patch: JobPatch, ifVersion?: number): Promise<JobDocument> {
    const headers: Record<string, string> = {}
    if (ifVersion !== undefined) headers['if-match'] = `"${ifVersion}"`
    return this.#transport.json({ method: 'PUT', path: at(id), body: patch, headers })
  }

  /** As `update`, of a patch that was made elsewhere: what is to be gone is null, and the server says what is wrong. */
  updateFrom(id: string, patch: unknown, ifVersion: number): Promise<JobDocument> {
    const headers = { 'if-match': `"${ifVersion}"` }
    return this.#transport.json({ method: 'PUT', path: at(id), body: patch, headers })
  }

  /** Deletes it; its live runs are cancelled. */
  remove(id: string): Promise<DeletedDocument> {
    return this.#transport.json({ method: 'DELETE', path: at(id) })
  }

  /** Checks a definition; nothing is stored. */
  validate(definition: unknown): Promise<VerdictDocument> {
    return this.#transport.json({ method: 'POST', path: '/jobs/validate', body: definition, repeatable: true })
  }

  /** Checks a stored job with the patch merged into it; nothing is stored. */
  validateStored(id: string, patch: JobPatch | Readonly<Record<string, unknown>> = {}): Promise<VerdictDocument> {
    return this.#transport.json({ method: 'POST', path: `${at(id)}/validate`, body: patch, repeatable: true })
  }

  /** Starts a run now, whatever the schedule says. @param once.changes what it alone is to have otherwise */
  run(id: string, { changes, ...once }: RunOnce = {}): Promise<QueuedDocument> {
    return this.#make(`${at(id)}/run`, asWish(changes), once)
  }

  /** Its runs, newest first. */
  runs(id: string, query?: RunQuery, signal?: AbortSignal): AsyncGenerator<RunDocument, void> {
    return entries(this.#transport, { path: `${at(id)}/runs`, query, signal })
  }

  runsPage(id: string, query?: RunQuery, signal?: AbortSignal): Promise<Page<RunDocument>> {
    return page(this.#transport, { path: `${at(id)}/runs`, query, signal })
  }

  /** What it was at each version, since when, and who made it so; newest first. */
  versions(id: string, query?: PageQuery, signal?: AbortSignal): AsyncGenerator<VersionDocument, void> {
    return entries(this.#transport, { path: `${at(id)}/versions`, query, signal })
  }

  versionsPage(id: string, query?: PageQuery, signal?: AbortSignal): Promise<Page<VersionDocument>> {
    return page(this.#transport, { path: `${at(id)}/versions`, query, signal })
  }

  /** The ledger of its ticks, newest first: each has a run, or stands in a row that says why not. */
  ticks(id: string, query?: TickQuery, signal?: AbortSignal): AsyncGenerator<TickDocument, void> {
    return entries(this.#transport, { path: `${at(id)}/ticks`, query, signal })
  }

  ticksPage(id: string, query?: TickQuery, signal?: AbortSignal): Promise<Page<TickDocument>> {
    return page(this.#transport, { path: `${at(id)}/ticks`, query, signal })
  }

  /** Jobs with their totals and newest runs. */
  overview(
    query?: PageQuery & { readonly job_id?: string | readonly string[]; readonly tail?: number },
    signal?: AbortSignal,
  ): AsyncGenerator<OverviewDocument, void> {
    return entries(this.#transport, { path: '/overview/jobs', query, signal })
  }

  grid(id: string): Promise<GridDocument> {
    return this.#transport.json({ path: `${at(id)}/grid` })
  }

  gantt(id: string): Promise<GanttDocument> {
    return this.#transport.json({ path: `${at(id)}/gantt` })
  }

  graph(id: string): Promise<GraphDocument> {
    return this.#transport.json({ path: `${at(id)}/graph` })
  }

  #make<T>(path: string, body: unknown, once: Once): Promise<T> {
    return this.#transport.json({ path, body, ...asOnce(once) })
  }
}

const at = (id: string): string => `/jobs/${segment(id)}`
