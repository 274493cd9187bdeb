import { z } from 'zod'
import { invalid } from '../model/errors.ts'
import { type WorkerState, workerStates } from '../model/session.ts'
import { unixSeconds } from '../model/time.ts'
import { WorkerDocument, WorkerLoadDocument, WorkerStateDocument } from '../model/wire/worker.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { isObject } from './body.ts'
import { pageQuery, slicePage } from './lists.ts'
import { workerParam } from './params.ts'
import { workerDocument } from './wire-worker.ts'

const tags = ['workers']

const stateQuery = z.object({
  state: z
    .string()
    .optional()
    .describe(`One of ${workerStates.join(', ')}; the body may say it too.`),
})

export function workerRoutes(app: App, api: Api): void {
  const { plane } = api
  const list = { tags, summary: 'The workers', querystring: pageQuery, response: { 200: z.array(WorkerDocument) } }
  app.get('/workers/', { schema: list }, async (request, reply) => {
    const scope = scopeOf(request)
    const idOf = (worker: WorkerDocument): string => JSON.stringify([worker.domain, worker.worker_id])
    const all = (await plane.views.listedWorkers(scope)).map(workerDocument)
    return [...slicePage(request, reply, { scope, name: 'workers', query: request.query, idOf }, all)]
  })

  loadRoute(app, api)

  const schema = {
    tags,
    summary: 'Sets whether a worker takes new work',
    params: workerParam,
    querystring: stateQuery,
    response: { 200: WorkerStateDocument },
  }
  app.post('/workers/:id/state', { config: { body: 'optional' }, schema }, async (request) => {
    const body: unknown = request.body
    const state = request.query.state ?? (isObject(body) ? body.state : undefined)
    if (!isWorkerState(state)) throw invalid([{ path: 'state', message: `must be one of ${workerStates.join(', ')}` }])
    await plane.setWorkerState(scopeOf(request), request.params.id, state)
    return { ok: true as const, state }
  })
}

function loadRoute(app: App, { plane }: Api): void {
  const schema = {
    tags,
    summary: "How busy a worker's machine was over the last hour",
    params: workerParam,
    response: { 200: WorkerLoadDocument },
  }
  app.get('/workers/:id/load', { schema }, async (request) => {
    const { domain, samples } = await plane.views.workerLoad(scopeOf(request), request.params.id)
    const shown = samples.map(({ at, ...sample }) => ({ ts: unixSeconds(at), ...sample }))
    return { worker_id: request.params.id, domain, samples: shown }
  })
}

const isWorkerState = (word: unknown): word is WorkerState => workerStates.some((state) => state === word)
