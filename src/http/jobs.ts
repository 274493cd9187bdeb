import { z } from 'zod'
import { invalid } from '../model/errors.ts'
import type { Job } from '../model/job.ts'
import { JobDefinition } from '../model/job.ts'
import { jobSorts, sortValue } from '../model/job-order.ts'
import { scheduleModes } from '../model/schedule.ts'
import { isoOrNull } from '../model/time.ts'
import { DeletedDocument, JobDocument, QueuedDocument, VerdictDocument } from '../model/wire/job.ts'
import { RunWish } from '../model/wire/run.ts'
import type { Scope } from '../scheduler/scope.ts'
import type { Verdict } from '../scheduler/verdict.ts'
import type { JobPage } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { sendList } from './array-stream.ts'
import { callerOf, scopeOf, withDomain } from './auth.ts'
import { changesIn, definitionLimit, isObject, objectBody } from './body.ts'
import type { Caller } from './caller.ts'
import { type Idempotency, queued } from './idempotency.ts'
import { expected } from './if-match.ts'
import { type ListKind, notOfThisList, pageOf, pageQuery, shownOf } from './lists.ts'
import { flag, idParam } from './params.ts'
import { inTurns } from './take-turns.ts'
import { jobDocument } from './wire-job.ts'

const kind: ListKind = { name: 'jobs', otherwise: 1000 }

/** Upwards, and with a minus downwards. */
const sorts = jobSorts.flatMap((by) => [by, `-${by}`] as const)

const jobQuery = pageQuery.extend({
  q: z.string({ error: 'must be given once' }).optional().describe('Part of the name.'),
  mode: z.enum(scheduleModes, { error: `must be one of ${scheduleModes.join(', ')}` }).optional(),
  enabled: flag.optional(),
  queue: z.string({ error: 'must be given once' }).optional(),
  sort: z
    .enum(sorts, { error: `must be one of ${sorts.join(', ')}` })
    .optional()
    .describe(
      'Upwards, or downwards with a minus; `order` wins over the sign. The default is -created_at: newest first. By name: ' +
        'in lower case. By next_run_at: jobs without a planned tick come last.',
    ),
})

const tags = ['jobs']
const definition = { config: { body: 'definition' }, bodyLimit: definitionLimit } as const

export function jobRoutes(app: App, api: Api, once: Idempotency): void {
  creationRoutes(app, api, once)
  readingRoutes(app, api)
  validationRoutes(app, api)
  changingRoutes(app, api)
}

function creationRoutes(app: App, api: Api, once: Idempotency): void {
  const { jobs } = api.plane
  for (const adhoc of [false, true]) {
    const url = adhoc ? '/jobs/adhoc' : '/jobs/'
    const summary = adhoc ? 'Runs a definition once, now' : 'Stores a definition; immediate ones run at once'
    const schema = { tags, summary, body: JobDefinition, response: { 201: JobDocument } }
    app.post(url, { ...definition, schema }, async (request, reply) => {
      const { scope } = await creator(api, callerOf(request), request.body)
      await once.answer(request, reply, {
        domain: scope.home,
        make: async (ids) => jobDocument((await jobs.submit(scope, request.body, { adhoc, ids })).job),
        told: JobDocument.pick({ _id: true, version: true }),
        headers: (job) => ({ etag: tagOf(job), location: `/jobs/${job._id}` }),
      })
      return reply
    })
  }

  const schema = {
    tags,
    summary: 'Starts a run now, whatever the schedule says',
    params: idParam,
    body: RunWish.optional(),
    response: { 201: QueuedDocument },
  }
  app.post('/jobs/:id/run', { config: { body: 'optional' }, schema }, async (request, reply) => {
    const scope = scopeOf(request)
    const wish = { changes: changesIn(request) }
    await once.answer(request, reply, {
      domain: scope.home,
      make: async (ids) => ({ ...(await jobs.run(scope, request.params.id, { ids, ...wish })), queued: true as const }),
      ...queued,
    })
    return reply
  })
}

function readingRoutes(app: App, api: Api): void {
  const { jobs, views } = api.plane
  const list = {
    tags,
    summary: 'The jobs, newest first',
    querystring: jobQuery,
    response: { 200: z.array(JobDocument) },
  }
  app.get('/jobs/', { schema: list }, async (request, reply) => {
    const scope = scopeOf(request)
    const { q = null, mode = null, enabled = null, queue = null } = request.query
    const { page, kind, placeOf } = sortedPage(scope, request.query)
    const found = await views.jobs(scope, { q, mode, enabled, queue }, inTurns(api, request, page))
    const shown = shownOf(request, reply, { scope, kind, page, idOf: placeOf }, found)
    return sendList(api, request, reply, shown, jobDocument)
  })

  const one = { tags, summary: 'A job', params: idParam, response: { 200: JobDocument } }
  app.get('/jobs/:id', { schema: one }, async (request, reply) => {
    const job = await jobs.get(scopeOf(request), request.params.id)
    reply.header('etag', tagOf(job))
    return jobDocument(job)
  })
}

/** A page of the jobs as they are sorted, and how the place of a job in that list is written into a cursor. */
function sortedPage(scope: Scope, query: z.infer<typeof jobQuery>) {
  const { sort = '-created_at' } = query
  const by = jobSorts.find((name) => sort.endsWith(name)) ?? 'created_at'
  const order = query.order ?? (sort.startsWith('-') ? 'desc' : 'asc')
  // A place in one order says nothing in another.
  const ofSort: ListKind = by === 'created_at' ? kind : { ...kind, name: `${kind.name} by ${by}` }
  const plain = pageOf(scope, ofSort, { ...query, order })
  if (by === 'created_at') return { page: plain, kind: ofSort, placeOf: (job: Job) => job._id }
  const [after, value] = plain.after === null ? [null, null] : readPlace(plain.after)
  const page: JobPage = { ...plain, after, sort: { by, value } }
  return { page, kind: ofSort, placeOf: (job: Job) => JSON.stringify([job._id, sortValue(job, by)]) }
}

const Place = z.tuple([z.string(), z.union([z.string(), z.number(), z.null()])])

/** A cursor of this list has the server's own words in it, unless a hand changed them. @throws INVALID */
function readPlace(text: string): z.infer<typeof Place> {
  try {
    return Place.parse(JSON.parse(text))
  } catch {
    throw notOfThisList()
  }
}

function validationRoutes(app: App, api: Api): void {
  const { jobs } = api.plane
  const schema = {
    tags,
    summary: 'Checks a definition; nothing is stored',
    body: JobDefinition,
    response: { 200: VerdictDocument },
  }
  app.post('/jobs/validate', { ...definition, schema }, async (request) =>
    verdictDocument(await jobs.validate(objectBody(request))),
  )

  const stored = {
    tags,
    summary: 'Checks a stored job with the body merged into it; nothing is stored',
    params: idParam,
    response: { 200: VerdictDocument },
  }
  const options = { config: { body: 'optional' }, bodyLimit: definitionLimit, schema: stored } as const
  app.post('/jobs/:id/validate', options, async (request) => {
    const patch: unknown = request.body
    return verdictDocument(await jobs.validateStored(scopeOf(request), request.params.id, isObject(patch) ? patch : {}))
  })
}

function changingRoutes(app: App, api: Api): void {
  const { jobs } = api.plane
  const put = {
    tags,
    summary: 'Changes what is sent (RFC 7396)',
    params: idParam,
    body: JobDefinition,
    response: { 200: JobDocument },
  }
  app.put('/jobs/:id', { ...definition, schema: put }, async (request, reply) => {
    const match = expected(request.headers['if-match'])
    const job = await jobs.update(scopeOf(request), request.params.id, patchIn(request.body), match)
    reply.header('etag', tagOf(job))
    return jobDocument(job)
  })

  const remove = {
    tags,
    summary: 'Deletes a job; its live runs are cancelled',
    params: idParam,
    response: { 200: DeletedDocument },
  }
  app.delete('/jobs/:id', { schema: remove }, async (request) => {
    const match = expected(request.headers['if-match'])
    const { cancelled } = await jobs.remove(scopeOf(request), request.params.id, match)
    return { ok: true as const, cancelled }
  })
}

/** A job's version is its tag (RFC 9110). */
const tagOf = ({ version }: Pick<Job, 'version'>): string => `"${version}"`

const verdictDocument = ({ valid, errors, warnings, next_run_at }: Verdict) => ({
  valid,
  errors: [...errors],
  warnings: [...warnings],
  next_run_at: isoOrNull(next_run_at),
})

function patchIn(body: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(body)) throw invalid([{ path: '', message: 'the body must be a JSON object' }])
  return body
}

/** Who creates: an admin's body may name the domain, where the query does not. @throws INVALID for an unknown one */
async function creator({ plane }: Api, caller: Caller, body: unknown): Promise<Caller> {
  if (caller.role !== 'admin' || caller.scope.domain !== null || !isObject(body)) return caller
  const name = Object.hasOwn(body, 'domain') ? body.domain : null
  if (name === null || name === undefined || name === '') return caller
  if (typeof name !== 'string') throw invalid([{ path: 'domain', message: 'must be a string' }])
  if (!(await plane.domains.exists(name))) throw invalid([{ path: 'domain', message: `there is no domain ${name}` }])
  return withDomain(caller, name)
}
