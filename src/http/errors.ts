import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type ErrorCode, type Fault, HydraError, invalid, problemUrn } from '../model/errors.ts'
import type { Problem } from '../model/wire/problem.ts'
import type { Log } from '../runtime/log.ts'

export const problemType = 'application/problem+json'

/** The title of each code: what went wrong in general; `detail` says what in this case. */
const titles = {
  MALFORMED: 'Malformed request',
  NOTHING_TO_UPDATE: 'Nothing to update',
  UNAUTHENTICATED: 'Not authenticated',
  FORBIDDEN: 'Forbidden',
  HOST_NOT_ALLOWED: 'Host not allowed',
  NOT_FOUND: 'Not found',
  METHOD_NOT_ALLOWED: 'Method not allowed',
  TOO_SLOW: 'Too slow',
  CONFLICT: 'Conflict',
  IN_PROGRESS: 'In progress',
  PRECONDITION_FAILED: 'Precondition failed',
  TOO_LARGE: 'Too large',
  UNSUPPORTED_MEDIA: 'Unsupported media type',
  RANGE_NOT_SATISFIABLE: 'Range not satisfiable',
  INVALID: 'Invalid',
  KEY_REUSED: 'Idempotency-Key reused',
  TOO_MANY: 'Too many requests',
  HEAD_TOO_LARGE: 'Head too large',
  INTERNAL: 'Internal error',
  UNAVAILABLE: 'Unavailable',
} as const satisfies Record<ErrorCode, string>

export function problemOf(error: HydraError): Problem {
  const { code, status, message, faults } = error
  const base = { type: `${problemUrn}${code}`, title: titles[code], status, detail: message }
  return faults.length > 0 ? { ...base, errors: [...faults] } : base
}

/** Answers with a problem; a 503 and a 429 say when to come again. */
export function sendProblem(reply: FastifyReply, error: HydraError): FastifyReply {
  const retryAfter = error.retryAfter ?? (error.status === 503 || error.status === 429 ? 1 : null)
  if (retryAfter !== null) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))))
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply
    .code(error.status)
    .type(problemType)
    .send(JSON.stringify(problemOf(error)))
}

/** Makes an answer of whatever was thrown. What is not meant for the caller goes to the log and leaves no trace in the answer. */
export function asHydraError(
  error: unknown,
  request: Pick<FastifyRequest, 'method' | 'routeOptions'>,
  log: Log,
): HydraError {
  if (error instanceof HydraError) {
    // Of what is away its sentence says all; a fleet that keeps asking would fill the log with traces.
    const told = error.code === 'UNAVAILABLE' ? { why: error.message } : { error }
    if (error.status >= 500) log.warn('a request could not be served', { ...where(request), ...told })
    return error
  }
  if (hasZodFastifySchemaValidationErrors(error))
    return invalid(faultsIn(error.validation, error.validationContext === 'querystring'))
  const known = ofFramework(error, request)
  if (known) return known
  log.error('a request failed unexpectedly', { ...where(request), error })
  return new HydraError('INTERNAL', 'The server failed at this request; its log says why.')
}

/** The route, never the URL: that may hold a token. */
const where = ({ method, routeOptions }: Pick<FastifyRequest, 'method' | 'routeOptions'>) => ({
  method,
  route: routeOptions.url ?? null,
})

/** Every fault once. One of a query is named by its parameter: the list that was made of its text is ours, not the caller's. */
function faultsIn(
  found: readonly { readonly instancePath: string; readonly message?: string | undefined }[],
  isQuery: boolean,
): readonly Fault[] {
  const faults = new Map<string, Fault>()
  for (const { instancePath, message = 'is not valid' } of found) {
    const parts = instancePath.replace(/^\//, '').split('/')
    const path = (isQuery ? parts.slice(0, 1) : parts).join('.')
    faults.set(`${path}: ${message}`, { path, message })
  }
  return [...faults.values()]
}

/** fastify's own refusals, by their code. */
function ofFramework(error: unknown, request: Pick<FastifyRequest, 'routeOptions'>): HydraError | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? error.code : null
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const most = (request.routeOptions.bodyLimit ?? 0) / 1024 / 1024
    return new HydraError('TOO_LARGE', `The body is larger than ${most} MiB.`)
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HydraError('UNSUPPORTED_MEDIA', 'The body must be JSON, sent as application/json.')
  if (status >= 400 && status < 500) return new HydraError('MALFORMED', 'The request cannot be read.')
  return null
}

/** A problem for a refusal that comes before any route: the request's own syntax is wrong. */
export const malformedRequest = (): Problem => problemOf(new HydraError('MALFORMED', 'The request cannot be read.'))
