import type { JobAct, RunAct } from '../model/bulk.ts'
import type { AttentionDocument } from '../model/wire/attention.ts'
import type { AuditDocument } from '../model/wire/audit.ts'
import type { JobsPreview, RunsPreview } from '../model/wire/bulk.ts'
import type { HealthDocument, ReadyDocument } from '../model/wire/health.ts'
import type { QueueDocument } from '../model/wire/queue.ts'
import type { PreviewDocument } from '../model/wire/schedule.ts'
import type { SignedInDocument, WhoamiDocument } from '../model/wire/session.ts'
import type { PlannedDocument, StatsDocument } from '../model/wire/stats.ts'
import type { EventDocument } from '../model/wire/stream.ts'
import { Domains, Tokens } from './admin.ts'
import { Bulk } from './bulk.ts'
import { eventStream, type StreamOptions } from './event-stream.ts'
import type { ScheduleInput } from './input.ts'
import { Jobs } from './jobs.ts'
import { Logs } from './logs.ts'
import { entries, type Page, type PageQuery, page } from './pages.ts'
import { Runs } from './runs.ts'
import { type ClientOptions, Transport } from './transport.ts'
import { Workers } from './workers.ts'

/** An event with the id that a later stream can go on after. */
export type IdentifiedEvent = EventDocument & { readonly id: string }

/** What the audit is narrowed by: from a time on, by the name of a token, by the id or name of what was changed. */
export type AuditQuery = PageQuery & { readonly since?: string; readonly actor?: string; readonly object?: string }

/** The API of a hydra-jobs server, typed by the schemas that the server answers by. For Node and for browsers. */
export class HydraClient {
  /** Where it asks. */
  readonly server: string
  readonly jobs: Jobs
  readonly runs: Runs
  readonly logs: Logs
  readonly workers: Workers
  readonly domains: Domains
  readonly tokens: Tokens
  /** Acts upon many jobs, upon many runs. */
  readonly bulk: { readonly jobs: Bulk<JobAct, JobsPreview>; readonly runs: Bulk<RunAct, RunsPreview> }
  readonly #transport: Transport

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options)
    this.server = this.#transport.server
    this.jobs = new Jobs(this.#transport)
    this.runs = new Runs(this.#transport)
    this.logs = new Logs(this.#transport)
    this.workers = new Workers(this.#transport)
    this.domains = new Domains(this.#transport)
    this.tokens = new Tokens(this.#transport)
    this.bulk = { jobs: new Bulk(this.#transport, '/jobs/bulk'), runs: new Bulk(this.#transport, '/runs/bulk') }
  }

  /** What happens, as it happens; over lost connections. What happened in one that was too long is told by `reset`. */
  async *events(options: StreamOptions = {}): AsyncGenerator<IdentifiedEvent, void> {
    for await (const { id, data } of eventStream(this.#transport, { path: '/events/stream' }, options)) {
      const event: EventDocument = JSON.parse(data)
      yield { ...event, id }
    }
  }

  /** What waits and why, and what is planned next. */
  queue(): Promise<QueueDocument> {
    return this.#transport.json({ path: '/queue/overview' })
  }

  /** Every change that was made through the API, newest first. */
  audit(query?: AuditQuery, signal?: AbortSignal): AsyncGenerator<AuditDocument, void> {
    return entries(this.#transport, { path: '/audit/', query, signal })
  }

  auditPage(query?: AuditQuery, signal?: AbortSignal): Promise<Page<AuditDocument>> {
    return page(this.#transport, { path: '/audit/', query, signal })
  }

  /** Ended runs by outcome, and how long they took, by time. @param query `bucket`: such as 300, 5m or 1h */
  stats(
    query: {
      readonly since?: string | Date
      readonly until?: string | Date
      readonly bucket?: number | string
      readonly job_id?: string
    } = {},
  ): Promise<StatsDocument> {
    return this.#transport.json({ path: '/stats/runs', query })
  }

  /** How many ticks are planned, by time. @param query `bucket`: such as 300, 5m or 1h */
  planned(
    query: { readonly until?: string | Date; readonly bucket?: number | string; readonly job_id?: string } = {},
  ): Promise<PlannedDocument> {
    return this.#transport.json({ path: '/stats/planned', query })
  }

  /** What is slower than its own past, and what is late. @param query a span of ended runs; without its end also what runs and waits now */
  attention(
    query: { readonly since?: string | Date; readonly until?: string | Date } = {},
  ): Promise<AttentionDocument> {
    return this.#transport.json({ path: '/overview/attention', query })
  }

  /** The next ticks of a schedule. */
  preview(schedule: ScheduleInput, count = 10): Promise<PreviewDocument> {
    const body = { schedule, count }
    return this.#transport.json({ method: 'POST', path: '/schedules/preview', body, repeatable: true })
  }

  health(): Promise<HealthDocument> {
    return this.#transport.json({ path: '/health' })
  }

  /** Who the token is. */
  whoami(): Promise<WhoamiDocument> {
    return this.#transport.json({ path: '/whoami' })
  }

  /** The token that the code of a link stands for; it does so once. */
  signIn(code: string): Promise<SignedInDocument> {
    return this.#transport.json({ method: 'POST', path: '/sign-in', body: { code } })
  }

  /** Whether the server can do its work. @throws ApiError 503 where it cannot */
  ready(): Promise<ReadyDocument> {
    return this.#transport.json({ path: '/ready' })
  }
}
