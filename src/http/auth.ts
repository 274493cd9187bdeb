import type { FastifyRequest } from 'fastify'
import { adminName } from '../model/domain.ts'
import { HydraError, notFound } from '../model/errors.ts'
import { sha256 } from '../runtime/ids.ts'
import type { Scope, Via } from '../scheduler/scope.ts'
import { type Api, type App, addressOf } from './api.ts'
import type { Caller } from './caller.ts'
import { WrongTokens } from './wrong-tokens.ts'

/** Puts the caller into each request that needs one, or refuses it. */
export function authenticate(app: App, { plane, config }: Api): void {
  const wrong = new WrongTokens()
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { open, admin, sse, link } = request.routeOptions.config
    if (request.is404) return
    const token = tokenOf(request, sse === true)
    if (token === null) {
      if (open) return
      throw new HydraError('UNAUTHENTICATED', 'A token is needed: send it as x-api-key or as Authorization: Bearer.')
    }
    const caller = await callerOf(token, request)
    if (caller === null) {
      if (open) return
      const wait = wrong.add(addressOf(request), performance.now())
      if (wait !== null)
        throw new HydraError('TOO_MANY', 'Too many wrong tokens came from this address.', { retryAfter: wait })
      throw new HydraError('UNAUTHENTICATED', 'The token is not known, or it has ended.')
    }
    assertAllowed(caller, request.method, { open: open === true, admin: admin === true, link: link === true })
    request.caller = caller.role === 'admin' ? await inDomain(caller, request.query) : caller
  })

  async function callerOf(token: string, request: FastifyRequest): Promise<Caller | null> {
    const key = sha256(token)
    if (plane.tokens.isAdmin(token))
      return {
        scope: { domain: null, home: config.defaultDomain, actor: adminName, via: viaOf(request, null) },
        role: 'admin',
        key,
      }
    const { outlasts } = request.routeOptions.config
    const known = await (outlasts ? plane.tokens.byHashOrLast(key) : plane.tokens.byHash(key))
    if (known === null) return null
    const { domain, name, role, _id } = known
    return { scope: { domain, home: domain, actor: name, via: viaOf(request, _id) }, role, key }
  }

  /** An admin acts in the domain that `?domain=` names, on any route. */
  async function inDomain(caller: Caller, query: unknown): Promise<Caller> {
    const name = domainIn(query)
    if (name === null) return caller
    if (!(await plane.domains.exists(name))) throw notFound('domain', name)
    return withDomain(caller, name)
  }
}

/** The longest name of a client that the audit keeps, in characters. */
const longestAgent = 200

const viaOf = (request: FastifyRequest, token_id: string | null): Via => ({
  token_id,
  address: addressOf(request),
  agent: request.headers['user-agent']?.slice(0, longestAgent) ?? null,
})

/** The caller as one that acts in one domain. */
export const withDomain = (caller: Caller, name: string): Caller => ({
  ...caller,
  scope: { ...caller.scope, domain: name, home: name },
})

function domainIn(query: unknown): string | null {
  if (typeof query !== 'object' || query === null || !('domain' in query)) return null
  const { domain } = query
  if (domain === undefined || domain === '') return null
  if (typeof domain !== 'string')
    throw new HydraError('INVALID', 'domain: must be given once', {
      faults: [{ path: 'domain', message: 'must be given once' }],
    })
  return domain
}

/** Where a token may stand; `x-api-key` wins. Null where there is none. */
function tokenOf(request: FastifyRequest, inQuery: boolean): string | null {
  const key = request.headers['x-api-key']
  if (typeof key === 'string' && key.trim() !== '') return key.trim()
  const given = (request.headers.authorization ?? '').trim()
  const bearer = /^bearer(\s+|$)/i.test(given) ? given.slice('bearer'.length).trim() : given
  if (bearer !== '') return bearer
  if (!inQuery || typeof request.query !== 'object' || request.query === null || !('token' in request.query))
    return null
  const { token } = request.query
  return typeof token === 'string' && token !== '' ? token : null
}

/** @throws FORBIDDEN for what the token's role may not do */
function assertAllowed(
  { role }: Caller,
  method: string,
  route: { open: boolean; admin: boolean; link: boolean },
): void {
  if (role === 'admin' || route.open) return
  if (route.admin) throw new HydraError('FORBIDDEN', 'This needs the admin token.')
  if (role === 'worker' && !route.link) throw new HydraError('FORBIDDEN', 'This token is for workers alone.')
  if (role === 'read' && method !== 'GET' && method !== 'HEAD')
    throw new HydraError('FORBIDDEN', 'This token may read only.')
}

/** Whether a token that was valid still is: asked again and again by open streams. The admin's cannot end. */
export const isStillValid = async ({ plane }: Api, { role, key }: Caller): Promise<boolean> =>
  role === 'admin' || (await plane.tokens.byHash(key)) !== null

/** The caller of a route that needs one. */
export function callerOf(request: Pick<FastifyRequest, 'caller'>): Caller {
  if (request.caller === null) throw new HydraError('UNAUTHENTICATED', 'A token is needed.')
  return request.caller
}

/** The scope of a route that needs one. */
export const scopeOf = (request: Pick<FastifyRequest, 'caller'>): Scope => callerOf(request).scope
