import type { Millis } from './time.ts'

/** What can be done: the kind of thing, a dot, and the act. */
export const auditActions = [
  'job.create',
  'job.adhoc',
  'job.update',
  'job.delete',
  'job.run',
  'run.cancel',
  'run.retry',
  'worker.state',
  'domain.create',
  'domain.change',
  'domain.rotate',
  'domain.delete',
  'token.create',
  'token.retire',
  'token.delete',
] as const
export type AuditAction = (typeof auditActions)[number]

export type Values = Readonly<Record<string, unknown>>

/** One change that somebody made through the API. Never holds a secret; small. */
export interface AuditEntry {
  readonly _id: string
  readonly at: Millis
  /** Where it was made: whose tokens see it. */
  readonly domain: string
  /** The name of the token; `admin` for the admin's. */
  readonly actor: string
  /** Which token that was, for a name can be given again; null for the admin's. */
  readonly token_id: string | null
  readonly action: AuditAction
  /** The id of what was changed: of a job, run or token, or the name of a domain or worker. */
  readonly object: string
  /** What of it was otherwise before, and how it is now; null where it was not there, or is not any more. */
  readonly before: Values | null
  readonly after: Values | null
  /** The address that the request came from, and what the client calls itself; null where there is none. */
  readonly address: string | null
  readonly agent: string | null
}
