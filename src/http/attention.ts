import { z } from 'zod'
import { invalid } from '../model/errors.ts'
import { timeOrNull } from '../model/fields.ts'
import { iso, type Millis } from '../model/time.ts'
import { AttentionDocument } from '../model/wire/attention.ts'
import type { AttentionView, Late } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'

const day: Millis = 86_400_000

const attentionQuery = z.object({
  since: timeOrNull()
    .optional()
    .describe('Ended runs from here on, by their creation; a day before `until` unless given.'),
  until: timeOrNull()
    .optional()
    .describe('Before this, without what runs and waits now. Unless given: until now, with that.'),
})

export function attentionRoutes(app: App, { plane: { views, clock } }: Api): void {
  const schema = {
    tags: ['overview'],
    summary: 'What is slower than its own past, and what is late',
    description:
      'Slow is what took more than 1.25 times the p95 of the runs of its job of the last two weeks, of at least 20 runs, and a second ' +
      'more. Looked at are the running runs and the newest 200 that ended, of at most 60 jobs.',
    querystring: attentionQuery,
    response: { 200: AttentionDocument },
  }
  app.get('/overview/attention', { schema }, async (request) => {
    const until = request.query.until ?? null
    const since = request.query.since ?? Math.max(0, (until ?? clock.now()) - day)
    if (since >= (until ?? Number.POSITIVE_INFINITY))
      throw invalid([{ path: 'since', message: 'must be before until' }])
    return attentionDocument(await views.attention(scopeOf(request), { since, until }))
  })
}

const attentionDocument = ({ looked, complete, slow, late }: AttentionView): AttentionDocument => ({
  looked,
  complete,
  slow: slow.map(({ run, took, p50, p95, of }) => ({
    job_id: run.job_id,
    name: run.job_name,
    domain: run.domain,
    run_id: run._id,
    status: run.status,
    seconds: seconds(took),
    p50: seconds(p50),
    p95: seconds(p95),
    of,
  })),
  late: late.map(lateDocument),
})

function lateDocument(late: Late): AttentionDocument['late'][number] {
  const { state, by } = late
  const rest = { state, seconds: seconds(by) }
  switch (late.state) {
    case 'undecided': {
      const { _id: job_id, name, domain } = late.job
      const reason = 'No scheduler has decided this tick yet.'
      return { ...{ job_id, name, domain, run_id: null }, ...rest, due: iso(late.due), reason }
    }
    case 'waiting': {
      const { job_id, name, domain, run_id, since, reason } = late.row
      return { job_id, name, domain, run_id, ...rest, due: iso(since), reason }
    }
    case 'started': {
      const { job_id, job_name: name, domain, _id: run_id, scheduled_ts } = late.run
      return { job_id, name, domain, run_id, ...rest, due: iso(scheduled_ts), reason: null }
    }
  }
}

/** To the millisecond. */
const seconds = (time: Millis): number => Math.round(time) / 1000
