import { z } from 'zod'
import { listedTail } from '../model/log.ts'
import { isFinal } from '../model/run.ts'
import { iso } from '../model/time.ts'
import { OverviewDocument, QueueDocument } from '../model/wire/queue.ts'
import type { JobFigures, JobOverview } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { sendTexts } from './array-stream.ts'
import { callerOf, scopeOf } from './auth.ts'
import { partyOf } from './caller.ts'
import { type ListKind, pageOf, pageQuery, shownOf, tailOf, tailQuery } from './lists.ts'
import { inTurns } from './take-turns.ts'
import { overviewRun } from './wire-run.ts'

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
      pending: pending.map((row) => ({ ...row, since: iso(row.since) })),
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
    const found = await views.overviewJobs(scope, request.query.job_id ?? null, inTurns(api, request, page))
    const shown = shownOf(request, reply, { scope, kind, page, idOf: (job) => job._id }, found)
    return sendTexts(
      reply,
      api.turns.pages(partyOf(callerOf(request)), texts(views.overview(shown), clock.now(), tail)),
    )
  })
}

async function* texts(pieces: AsyncIterable<readonly JobOverview[]>, now: number, tail: number) {
  for await (const rows of pieces) yield rows.map((row) => overviewText(row, now, tail))
}

type Runs = Pick<OverviewDocument, 'last_run' | 'recent_runs'>

/** An `OverviewDocument` as JSON. */
function overviewText({ job, figures }: JobOverview, now: number, tail: number): string {
  const first: Omit<OverviewDocument, keyof Runs> = {
    job_id: job._id,
    name: job.name,
    schedule_mode: job.schedules[0].mode,
    timezone: job.schedules[0].timezone,
    total_runs: figures.total,
    success_runs: figures.success,
    failed_runs: figures.failed,
    queued_runs: figures.queued,
  }
  return `${JSON.stringify(first).slice(0, -1)},${runsText(figures, now, tail)}`
}

/** Runs as they were written, by the figures that they are of: a store that keeps those gives the same ones again. */
const written = new WeakMap<JobFigures, string>()

/** The end of an `OverviewDocument`. What is final looks the same at any time. */
function runsText(figures: JobFigures, now: number, tail: number): string {
  const known = tail === listedTail ? written.get(figures) : undefined
  if (known !== undefined) return known
  const text = JSON.stringify(runsOf(figures, now, tail)).slice(1)
  if (tail === listedTail && figures.recent.every(({ run }) => isFinal(run))) written.set(figures, text)
  return text
}

/** The newest run comes with its tails; the others are marks in a row, so their output stays away. */
function runsOf({ recent }: JobFigures, now: number, tail: number): Runs {
  const [last] = recent
  return {
    last_run: last ? overviewRun(last, { now, tail, whole: false }) : null,
    recent_runs: recent.map((stored) => overviewRun(stored, { now, tail: 0, whole: false })),
  }
}
