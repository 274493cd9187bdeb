import { z } from 'zod'
import { iso } from '../model/time.ts'
import { OverviewDocument, QueueDocument } from '../model/wire/queue.ts'
import type { JobOverview } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { sendArray } from './array-stream.ts'
import { callerOf, scopeOf } from './auth.ts'
import { partyOf } from './caller.ts'
import { type ListKind, pageOf, pageQuery, shownOf, tailOf, tailQuery } from './lists.ts'
import { runDocument } from './wire-run.ts'

const most = { pending: 100, upcoming: 50 }

/** Jobs that one request names. */
const mostNamed = 100

const kind: ListKind = { name: 'overview', otherwise: 1000 }
const overviewQuery = pageQuery.extend(tailQuery.shape).extend({
  job_id: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((id) => id.trim()) : value),
      z.array(z.string()).max(mostNamed, { error: `must be at most ${mostNamed} ids` }),
    )
    .optional()
    .describe('Only these, by their ids, separated by commas; those that are not there are left out.'),
})

export function queueRoutes(app: App, api: Api): void {
  const { views, clock } = api.plane
  const queue = {
    tags: ['queue'],
    summary: 'What waits and why, and what is planned next',
    response: { 200: QueueDocument },
  }
  app.get('/queue/overview', { schema: queue }, async (request) => {
    const { pending, upcoming } = await views.queue(scopeOf(request), most)
    return {
      pending: [...pending],
      upcoming: upcoming.map(({ _id, name, queue: from, priority, next_run_at }) => ({
        job_id: _id,
        name,
        queue: from,
        priority,
        next_run_at: iso(next_run_at ?? 0),
      })),
    }
  })

  const overview = {
    tags: ['jobs'],
    summary: 'Jobs with their totals and newest runs',
    querystring: overviewQuery,
    response: { 200: z.array(OverviewDocument) },
  }
  app.get('/overview/jobs', { schema: overview }, async (request, reply) => {
    const scope = scopeOf(request)
    const [page, tail] = [pageOf(scope, kind, request.query), tailOf(request.query)]
    const found = await views.overviewJobs(scope, request.query.job_id ?? null, page)
    const shown = shownOf(request, reply, { scope, kind, page, idOf: (job) => job._id }, found)
    return sendArray(
      reply,
      api.turns.pages(partyOf(callerOf(request)), documents(views.overview(shown), clock.now(), tail)),
    )
  })
}

async function* documents(pieces: AsyncIterable<readonly JobOverview[]>, now: number, tail: number) {
  for await (const rows of pieces) yield rows.map((row) => overviewDocument(row, now, tail))
}

/** The newest run comes with its tails; the others are marks in a row, so their output stays away. */
function overviewDocument({ job, figures }: JobOverview, now: number, tail: number): OverviewDocument {
  const [last] = figures.recent
  return {
    job_id: job._id,
    name: job.name,
    schedule_mode: job.schedules[0].mode,
    total_runs: figures.total,
    success_runs: figures.success,
    failed_runs: figures.failed,
    queued_runs: figures.queued,
    last_run: last ? runDocument(last, { now, tail, whole: false }) : null,
    recent_runs: figures.recent.map((stored) => runDocument(stored, { now, tail: 0, whole: false })),
  }
}
