import { z } from 'zod'
import { NewToken, type Token } from '../model/domain.ts'
import { iso, isoOrNull } from '../model/time.ts'
import { DoneDocument } from '../model/wire/domain.ts'
import { TokenAnswer, TokenDocument } from '../model/wire/token.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { pageQuery, slicePage } from './lists.ts'
import { domainParam, tokenParam } from './params.ts'

const tags = ['admin']

export function tokenRoutes(app: App, { plane }: Api): void {
  const { tokens } = plane
  const url = '/admin/domains/:domain/tokens'
  const list = {
    tags,
    summary: "A domain's tokens, newest first",
    params: domainParam,
    querystring: pageQuery,
    response: { 200: z.array(TokenDocument) },
  }
  app.get(url, { config: { admin: true }, schema: list }, async (request, reply) => {
    const { domain } = request.params
    const scope = scopeOf(request)
    const all = (await tokens.list(domain)).map(tokenDocument)
    const idOf = ({ id }: TokenDocument): string => id
    return [...slicePage(request, reply, { scope, name: `tokens of ${domain}`, query: request.query, idOf }, all)]
  })

  const make = {
    tags,
    summary: 'Makes a token: read for GET and streams, worker for workers alone, domain for both and changes',
    params: domainParam,
    body: NewToken,
    response: { 201: TokenAnswer },
  }
  app.post(url, { config: { admin: true, body: 'json' }, schema: make }, async (request, reply) => {
    const { domain } = request.params
    const { id, token } = await tokens.make(scopeOf(request), domain, request.body)
    return reply.code(201).header('location', `/admin/domains/${domain}/tokens/${id}`).send({ ok: true, id, token })
  })

  const end = {
    tags,
    summary: 'Ends a token at once',
    params: tokenParam,
    response: { 200: DoneDocument },
  }
  app.delete(`${url}/:id`, { config: { admin: true }, schema: end }, async (request) => {
    await tokens.end(scopeOf(request), request.params.domain, request.params.id)
    return { ok: true as const }
  })
}

const tokenDocument = ({ _id, name, domain, role, created_at, expires_at, last_used_at }: Token): TokenDocument => ({
  id: _id,
  name,
  domain,
  role,
  created_at: iso(created_at),
  expires_at: isoOrNull(expires_at),
  last_used_at: isoOrNull(last_used_at),
})
