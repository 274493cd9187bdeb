import { type Fault, problemUrn } from '../model/errors.ts'
import type { Problem } from '../model/wire/problem.ts'

/** The server answered that it will not do what was asked. */
export class ApiError extends Error {
  /** The HTTP status. */
  readonly status: number
  /** One of the codes of docs/errors.md; `HTTP_<status>` where something in between answered. */
  readonly code: string
  /** One sentence, as the message is. */
  readonly detail: string
  /** Every fault of an invalid input. */
  readonly faults: readonly Fault[]
  /** Seconds after which a repeat may succeed, where the server says so. */
  readonly retryAfter: number | null

  constructor(about: {
    readonly status: number
    readonly code: string
    readonly detail: string
    readonly faults?: readonly Fault[]
    readonly retryAfter?: number | null
  }) {
    super(about.detail)
    this.name = 'ApiError'
    this.status = about.status
    this.code = about.code
    this.detail = about.detail
    this.faults = about.faults ?? []
    this.retryAfter = about.retryAfter ?? null
  }
}

/** Nobody answered, or who did is no hydra-jobs server. Whether what was asked was done is not known. */
export class UnreachableError extends Error {
  /** Where it was looked for. */
  readonly server: string

  constructor(server: string, why: string, cause?: unknown) {
    super(`${server === '' ? 'The server' : server} ${why}`, { cause })
    this.name = 'UnreachableError'
    this.server = server
  }
}

/** The error that an answer is. */
export async function errorIn(response: Response): Promise<ApiError> {
  const { status } = response
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(wait) ? wait : null
  const problem = problemIn(await response.text().catch(() => ''))
  if (problem === null)
    return new ApiError({ status, code: `HTTP_${status}`, detail: `The answer was ${status}.`, retryAfter })
  const { type, detail, errors } = problem
  return new ApiError({ status, code: type.replace(problemUrn, ''), detail, faults: errors ?? [], retryAfter })
}

/** What stands between a client and the server (a proxy) answers with pages of its own. */
function problemIn(text: string): Problem | null {
  try {
    const read: Partial<Problem> | null = JSON.parse(text)
    if (typeof read?.type !== 'string' || !read.type.startsWith(problemUrn)) return null
    return { ...read, type: read.type, title: read.title ?? '', status: read.status ?? 0, detail: read.detail ?? '' }
  } catch {
    return null
  }
}

/** The sentence of an error and of what caused it; fetch hides the reason there. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return cause.message || code || error.message
}
