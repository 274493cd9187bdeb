import { z } from 'zod'
import { DomainChange, GraceSeconds, NewDomain } from '../model/domain.ts'
import type { Millis } from '../model/time.ts'
import { DomainAnswer, type DomainDocument, DomainsDocument, DoneDocument } from '../model/wire/domain.ts'
import type { DomainRow } from '../scheduler/domains.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { pageQuery, slicePage } from './lists.ts'
import { domainParam } from './params.ts'

const graceQuery = z.object({
  grace_seconds: GraceSeconds.describe('How long the old token works beside the new one; at once over unless given.'),
})
const graceOf = ({ grace_seconds = 0 }: z.infer<typeof graceQuery>): Millis => grace_seconds * 1000

const tags = ['admin']
const json = { admin: true, body: 'json' } as const

export function adminRoutes(app: App, api: Api): void {
  const { domains } = api.plane
  const list = {
    tags,
    summary: 'The domains',
    querystring: pageQuery,
    response: { 200: DomainsDocument },
  }
  app.get('/admin/domains', { config: { admin: true }, schema: list }, async (request, reply) => {
    const scope = scopeOf(request)
    const all = (await domains.list(scope)).map(domainDocument)
    const idOf = ({ domain }: DomainDocument): string => domain
    return { domains: [...slicePage(request, reply, { scope, name: 'domains', query: request.query, idOf }, all)] }
  })

  const create = {
    tags,
    summary: 'Makes a domain',
    body: NewDomain,
    response: { 201: DomainAnswer, 200: DomainAnswer },
  }
  app.post('/admin/domains', { config: json, schema: create }, async (request, reply) => {
    const { domain, token, made } = await domains.create(scopeOf(request), request.body)
    if (made) reply.header('location', `/admin/domains/${domain}`)
    return reply.code(made ? 201 : 200).send({ ok: true, domain, token })
  })

  const change = {
    tags,
    summary: 'Changes what is sent; a token takes the place of the default one, for workers too',
    params: domainParam,
    querystring: graceQuery,
    body: DomainChange,
    response: { 200: DomainAnswer },
  }
  app.put('/admin/domains/:domain', { config: json, schema: change }, async (request) => {
    const { params, body, query } = request
    return { ok: true as const, ...(await domains.change(scopeOf(request), params.domain, body, graceOf(query))) }
  })

  const rotate = {
    tags,
    summary: 'A new default token in place of the present one',
    params: domainParam,
    querystring: graceQuery,
    response: { 200: DomainAnswer },
  }
  app.post(
    '/admin/domains/:domain/token',
    { config: { admin: true, body: 'optional' }, schema: rotate },
    async (request) => {
      const { params, query } = request
      return { ok: true as const, ...(await domains.rotate(scopeOf(request), params.domain, graceOf(query))) }
    },
  )

  const remove = {
    tags,
    summary: 'Removes a domain without live runs',
    params: domainParam,
    response: { 200: DoneDocument },
  }
  app.delete('/admin/domains/:domain', { config: { admin: true }, schema: remove }, async (request) => {
    await domains.remove(scopeOf(request), request.params.domain)
    return { ok: true as const }
  })
}

const domainDocument = ({ domain, jobs, runs, workers }: DomainRow): DomainDocument => ({
  domain: domain.domain,
  display_name: domain.display_name,
  description: domain.description,
  jobs_count: jobs,
  runs_count: runs,
  workers_count: workers,
})
