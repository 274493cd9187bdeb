import type { FastifyReply } from 'fastify'
import { HydraError } from '../model/errors.ts'
import type { App, ServerConfig } from './api.ts'

const methods = 'GET, POST, PUT, DELETE, OPTIONS'
const requestHeaders = 'x-api-key, authorization, content-type, idempotency-key, if-match, last-event-id, traceparent'
const exposedHeaders = 'Link, ETag, Retry-After, Location'

/** Seconds that a browser keeps a preflight's answer. */
const preflightAge = '600'

/** The headers that let a page of an origin read an answer; none for an origin that is not allowed. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): Readonly<Record<string, string>> {
  const any = allowed.includes('*')
  const vary: Record<string, string> = any ? {} : { vary: 'Origin' }
  if (origin === undefined || !(any || allowed.includes(origin))) return vary
  return { ...vary, 'access-control-allow-origin': any ? '*' : origin, 'access-control-expose-headers': exposedHeaders }
}

/** On every answer, errors and streams included; a preflight needs no token and ends here. */
export function allowOrigins(app: App, { corsAllowOrigins, host, allowedHosts }: ServerConfig): void {
  const guard = hostGuard(host, allowedHosts)
  app.addHook('onRequest', (request, reply, done) => {
    const headers = corsHeaders(request.headers.origin, corsAllowOrigins)
    reply.headers(headers)
    const refusal = guard(request.headers.host)
    if (refusal) return done(refusal)
    if (request.method !== 'OPTIONS') return done()
    preflight(reply, headers)
  })
}

function preflight(reply: FastifyReply, headers: Readonly<Record<string, string>>): void {
  if ('access-control-allow-origin' in headers)
    reply.headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': requestHeaders,
      'access-control-max-age': preflightAge,
    })
  reply.code(204).send()
}

const loopbackName = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i

/**
 * While the server listens on loopback, a request's Host must be a loopback name or an allowed one: a page of another
 * name that was made to point here (DNS rebinding) is no neighbour.
 */
export function hostGuard(
  listensOn: string,
  allowedHosts: readonly string[],
): (host: string | undefined) => HydraError | null {
  const isLoopback = loopbackName.test(listensOn) || listensOn === '::1'
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()))
  return (host) => {
    if (!isLoopback || host === undefined) return null
    const name = host.toLowerCase().replace(/:\d*$/, '')
    if (loopbackName.test(name) || allowed.has(name) || allowed.has(host.toLowerCase())) return null
    return new HydraError(
      'HOST_NOT_ALLOWED',
      `This server does not answer to the host ${name}; ALLOWED_HOSTS can name it.`,
    )
  }
}
