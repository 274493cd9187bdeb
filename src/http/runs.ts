import { z } from 'zod'
import { timeOrNull } from '../model/fields.ts'
import { type RunStatus, runStatuses } from '../model/run.ts'
import { QueuedDocument } from '../model/wire/job.ts'
import { ExplanationDocument, RunDocument, RunWish, RunWithAttempts } from '../model/wire/run.ts'
import type { RunFilter, StoredRun } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { sendList } from './array-stream.ts'
import { scopeOf } from './auth.ts'
import { changesIn } from './body.ts'
import { type Idempotency, queued } from './idempotency.ts'
import { type ListKind, pageOf, pageQuery, shownOf, tailOf, tailQuery } from './lists.ts'
import { idParam } from './params.ts'
import { inTurns } from './take-turns.ts'
import { explanationDocument, runDocument, runWithAttempts } from './wire-run.ts'

/** Several statuses: comma-separated, or the name given several times. */
const statuses = z.preprocess(
  (value) =>
    Array.isArray(value) ? value : typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value,
  z.array(z.enum(runStatuses, { error: `must be one of ${runStatuses.join(', ')}` })),
)

const word = z.string({ error: 'must be given once' }).optional()

const runQuery = pageQuery.extend(tailQuery.shape).extend({
  status: statuses.optional(),
  job_id: word,
  worker_id: word,
  user: word,
  since: timeOrNull().optional(),
  until: timeOrNull().optional(),
  q: word.describe("Part of the job's name, or the beginning of the run's id."),
})

const tags = ['runs']
const lists = [
  { url: '/history/', kind: { name: 'history', otherwise: 100 }, summary: 'Runs across jobs, newest first' },
  { url: '/runs/', kind: { name: 'runs', otherwise: 100 }, summary: 'Runs across jobs, newest first' },
]
const ofJob: ListKind = { name: 'job-runs', otherwise: 100 }

export function runRoutes(app: App, api: Api, once: Idempotency): void {
  listRoutes(app, api)
  const { runs, views, clock } = api.plane
  const whole = async (stored: StoredRun, tail: number) =>
    runWithAttempts(stored, { now: clock.now(), tail, retries: await runs.retriedAs([stored]) })

  const one = {
    tags,
    summary: 'A run with its attempts and newest output',
    params: idParam,
    querystring: tailQuery,
    response: { 200: RunWithAttempts },
  }
  app.get('/runs/:id', { schema: one }, async (request) => {
    return whole(await runs.get(scopeOf(request), request.params.id), tailOf(request.query))
  })

  const explain = { tags, summary: 'Why it has not started', params: idParam, response: { 200: ExplanationDocument } }
  app.get('/runs/:id/explain', { schema: explain }, async (request) =>
    explanationDocument(await views.explain(scopeOf(request), request.params.id)),
  )

  const cancel = {
    tags,
    summary: 'Cancels a run',
    params: idParam,
    querystring: tailQuery,
    response: { 202: RunWithAttempts },
  }
  app.post('/runs/:id/cancel', { config: { body: 'optional' }, schema: cancel }, async (request, reply) => {
    const stored = await runs.cancel(scopeOf(request), request.params.id)
    return reply.code(202).send(await whole(stored, tailOf(request.query)))
  })

  const retry = {
    tags,
    summary: 'A new run of its job as it is now',
    description:
      'With what this run alone had otherwise than its job; `changes` in the body replace that, null drops it.',
    params: idParam,
    body: RunWish.optional(),
    response: { 201: QueuedDocument },
  }
  app.post('/runs/:id/retry', { config: { body: 'optional' }, schema: retry }, async (request, reply) => {
    const scope = scopeOf(request)
    await once.answer(request, reply, {
      domain: scope.home,
      make: async (ids) => {
        const made = await runs.retry(scope, request.params.id, { ids, changes: changesIn(request) })
        return { ...made, queued: true as const }
      },
      ...queued,
    })
    return reply
  })
}

function listRoutes(app: App, api: Api): void {
  const { views, runs, clock } = api.plane
  for (const { url, kind, summary } of lists) {
    const schema = { tags, summary, querystring: runQuery, response: { 200: z.array(RunDocument) } }
    app.get(url, { schema }, async (request, reply) => {
      const scope = scopeOf(request)
      const [page, tail] = [pageOf(scope, kind, request.query), tailOf(request.query)]
      const found = await views.runs(scope, filterOf(request.query), inTurns(api, request, page), tail)
      const shown = shownOf(request, reply, { scope, kind, page, idOf: ({ run }) => run._id }, found)
      const how = { now: clock.now(), tail, retries: await runs.retriedAs(shown) }
      return sendList(api, request, reply, shown, (stored) => runDocument(stored, how))
    })
  }

  const schema = {
    tags,
    summary: "A job's runs, newest first",
    params: idParam,
    querystring: runQuery,
    response: { 200: z.array(RunDocument) },
  }
  app.get('/jobs/:id/runs', { schema }, async (request, reply) => {
    const scope = scopeOf(request)
    const { id } = request.params
    const [page, tail] = [pageOf(scope, ofJob, request.query), tailOf(request.query)]
    const found = await views.runsOfJob(scope, id, filterOf(request.query), inTurns(api, request, page), tail)
    const shown = shownOf(request, reply, { scope, kind: ofJob, page, idOf: ({ run }) => run._id }, found)
    const how = { now: clock.now(), tail, retries: await runs.retriedAs(shown) }
    return sendList(api, request, reply, shown, (stored) => runDocument(stored, how))
  })
}

function filterOf(query: z.infer<typeof runQuery>): RunFilter {
  const { status = null, job_id = null, worker_id = null, user = null, since = null, until = null, q = null } = query
  const some: readonly RunStatus[] | null = status
  return { status: some, job_id, worker_id, user, since, until, q }
}
