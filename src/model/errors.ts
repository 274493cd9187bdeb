/** Every code that the program answers with; each stands in docs/errors.md, and a test holds the two together. */
export const errorCodes = {
  MALFORMED: 400,
  NOTHING_TO_UPDATE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  HOST_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_SLOW: 408,
  CONFLICT: 409,
  IN_PROGRESS: 409,
  PRECONDITION_FAILED: 412,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  RANGE_NOT_SATISFIABLE: 416,
  INVALID: 422,
  KEY_REUSED: 422,
  TOO_MANY: 429,
  HEAD_TOO_LARGE: 431,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof errorCodes

const isCode = (word: string): word is ErrorCode => Object.hasOwn(errorCodes, word)

/** What the `type` of a problem (RFC 9457) begins with, before its code. */
export const problemUrn = 'urn:hydra:error:'

/** One fault of an input: where (`schedule.interval_seconds`) and what, in words. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** An error that is an answer: a code, one English sentence, and for invalid input every fault. Never holds a secret. */
export class HydraError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly Fault[]
  /** Seconds after which a repeat may succeed, for 429 and 503. */
  readonly retryAfter: number | null

  constructor(code: ErrorCode, sentence: string, more: { faults?: readonly Fault[]; retryAfter?: number } = {}) {
    super(sentence)
    this.name = 'HydraError'
    this.code = code
    this.faults = more.faults ?? []
    this.retryAfter = more.retryAfter ?? null
  }

  /** The HTTP status that this code answers with. */
  get status(): number {
    return errorCodes[this.code]
  }
}

/** Whoever was asked decided: nobody else would answer otherwise. Anything but a refusal may pass. */
export const isRefusal = (error: unknown): boolean => error instanceof HydraError && error.status < 500

/** The 404 of something that is not there, or is another tenant's: the two must be the same bytes. */
export const notFound = (what: string, id: string): HydraError =>
  new HydraError('NOT_FOUND', `There is no ${what} ${id}.`)

/** A 422 whose sentence names the first three faults. */
export function invalid(faults: readonly Fault[]): HydraError {
  const named = faults.slice(0, 3).map((fault) => (fault.path ? `${fault.path}: ${fault.message}` : fault.message))
  return new HydraError('INVALID', named.join('; '), { faults })
}

/** The control plane's own refusal, as it meant it, from what came over a wire; a code that is not known is a plain error. */
export const errorOf = (code: string, detail: string): Error =>
  isCode(code) ? new HydraError(code, detail) : new Error(detail)
