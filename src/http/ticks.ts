import { z } from 'zod'
import { timeOrNull } from '../model/fields.ts'
import { placeIn, type TickRecord, tickOutcomes, tickRecord } from '../model/ledger.ts'
import { iso } from '../model/time.ts'
import { TickDocument } from '../model/wire/schedule.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { type ListKind, pageOf, pageQuery, shownOf } from './lists.ts'
import { idParam } from './params.ts'

const kind: ListKind = { name: 'ticks', otherwise: 100 }

const tickQuery = pageQuery.extend({
  since: timeOrNull().optional(),
  until: timeOrNull().optional(),
  outcome: z.enum(tickOutcomes, { error: `must be one of ${tickOutcomes.join(', ')}` }).optional(),
})

export function tickRoutes(app: App, { plane: { views } }: Api): void {
  const schema = {
    tags: ['jobs'],
    summary: "The ledger of a job's ticks, newest first: each has a run, or stands in a row that says why not",
    params: idParam,
    querystring: tickQuery,
    response: { 200: z.array(TickDocument) },
  }
  app.get('/jobs/:id/ticks', { schema }, async (request, reply) => {
    const scope = scopeOf(request)
    const { since = null, until = null, outcome = null } = request.query
    // A cursor holds for the ledger of its job alone.
    const ofJob = { ...kind, name: `${kind.name} of ${request.params.id}` }
    const page = pageOf(scope, ofJob, request.query)
    const found = await views.ticks(scope, { job_id: request.params.id, since, until, outcome }, page)
    const idOf = (row: (typeof found)[number]): string => String(placeIn(row))
    return shownOf(request, reply, { scope, kind: ofJob, page, idOf }, found).map((row) =>
      tickDocument(tickRecord(row)),
    )
  })
}

const tickDocument = ({ outcome, from, to, count, reason, run, of }: TickRecord): TickDocument => ({
  outcome,
  from: iso(from),
  to: iso(to),
  count,
  reason,
  run_id: run?._id ?? null,
  status: run?.status ?? null,
  of,
})
