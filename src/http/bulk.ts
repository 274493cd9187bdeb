import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BulkRequest, bulkBody, JobChoice, jobActs, parseBulk, RunChoice, runActs } from '../model/bulk.ts'
import { invalid } from '../model/errors.ts'
import { BulkResult, JobsPreview, RunsPreview } from '../model/wire/bulk.ts'
import type { Bulk } from '../scheduler/bulk.ts'
import type { Api, App } from './api.ts'
import { callerOf } from './auth.ts'
import { objectBody } from './body.ts'
import { confirmed, confirmOf } from './confirm.ts'
import type { Idempotency } from './idempotency.ts'

const JobsBody = bulkBody(jobActs, JobChoice)
const RunsBody = bulkBody(runActs, RunChoice)

const about =
  'Without `confirm` nothing is done: the answer says how many match, and shows some. With the `confirm` of that answer it is done to ' +
  'each of them; what cannot be done to one is listed. A 409 says that more match by now. An Idempotency-Key makes an act repeatable.'

export function bulkRoutes(app: App, api: Api, once: Idempotency): void {
  const { jobs, runs } = api.plane.bulk
  const route = { config: { body: 'json' } } as const
  const ofJobs = {
    tags: ['jobs'],
    summary: 'Pauses, resumes, runs or deletes many jobs, after a preview',
    description: about,
    body: JobsBody,
    response: { 200: z.union([JobsPreview, BulkResult]) },
  }
  app.post('/jobs/bulk', { ...route, schema: ofJobs }, async (request, reply) =>
    answer({ api, once, request, reply, bulk: jobs }, asked(parseBulk(JobsBody, objectBody(request)))),
  )
  const ofRuns = {
    tags: ['runs'],
    summary: 'Cancels or retries many runs, after a preview',
    description: about,
    body: RunsBody,
    response: { 200: z.union([RunsPreview, BulkResult]) },
  }
  app.post('/runs/bulk', { ...route, schema: ofRuns }, async (request, reply) =>
    answer({ api, once, request, reply, bulk: runs }, asked(parseBulk(RunsBody, objectBody(request)))),
  )
}

/** @throws INVALID with every fault */
function asked<Act extends string, Choice>({
  request,
  faults,
}: {
  readonly request: BulkRequest<Act, Choice> | null
  readonly faults: Parameters<typeof invalid>[0]
}): BulkRequest<Act, Choice> {
  if (request === null) throw invalid(faults)
  return request
}

interface Asked<Act, Choice, Sample extends { readonly id: string }> {
  readonly api: Api
  readonly once: Idempotency
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly bulk: Bulk<Act, Choice, Sample>
}

async function answer<Act extends string, Choice, Sample extends { readonly id: string }>(
  { api, once, request, reply, bulk }: Asked<Act, Choice, Sample>,
  { action, chosen, confirm }: BulkRequest<Act, Choice>,
): Promise<FastifyReply> {
  const caller = callerOf(request)
  const { scope } = caller
  const act = [request.routeOptions.url, action, chosen]
  const now = api.plane.clock.now()
  if (confirm === null) {
    const { sample, ...matched } = await bulk.preview(scope, action, chosen)
    return reply.send({ matched: matched.matched, sample, confirm: confirmOf(caller, { act, ...matched }, now) })
  }
  // It goes on for long, in turns of its own: the domain's other requests do not wait for it.
  request.leave?.()
  return once.answer(request, reply, {
    domain: scope.home,
    status: 200,
    // A repeat under its key is answered however long ago that was; a confirm holds for minutes.
    make: async (ids) => {
      const before = confirmed(caller, act, confirm, now)
      return bulk.carryOut(scope, action, chosen, { before, request: ids?.run_id ?? null })
    },
    told: BulkResult.pick({ matched: true }),
    headers: () => ({}),
  })
}
