import { DomainChange, NewDomain } from '../model/domain.ts'
import { invalid } from '../model/errors.ts'
import { DomainAnswer, type DomainDocument, DomainsDocument, DoneDocument } from '../model/wire/domain.ts'
import type { DomainRow } from '../scheduler/domains.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { pageQuery, slicePage } from './lists.ts'
import { domainParam } from './params.ts'

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
    const { domain, token, made } = await domains.create(request.body)
    return reply.code(made ? 201 : 200).send({ ok: true, domain, token })
  })

  const change = {
    tags,
    summary: 'Changes what is sent',
    params: domainParam,
    body: DomainChange,
    response: { 200: DomainAnswer },
  }
  app.put('/admin/domains/:domain', { config: json, schema: change }, async (request) => {
    refuseGrace(request.query)
    return { ok: true as const, ...(await domains.change(request.params.domain, request.body)) }
  })

  const rotate = {
    tags,
    summary: 'Ends the token and makes a new one',
    params: domainParam,
    response: { 200: DomainAnswer },
  }
  app.post(
    '/admin/domains/:domain/token',
    { config: { admin: true, body: 'optional' }, schema: rotate },
    async (request) => {
      refuseGrace(request.query)
      return { ok: true as const, ...(await domains.rotate(request.params.domain)) }
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

/** Who asks for a grace must not be answered by a token that ended at once. */
function refuseGrace(query: unknown): void {
  if (typeof query === 'object' && query !== null && 'grace_seconds' in query)
    throw invalid([{ path: 'grace_seconds', message: 'is not available in this version' }])
}
