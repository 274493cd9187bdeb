import { z } from 'zod'
import { whole } from '../model/fields.ts'
import { type LogLine, longestLogPage, streams } from '../model/log.ts'
import { unixSeconds } from '../model/time.ts'
import { LogLinesDocument } from '../model/wire/log.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { idParam } from './params.ts'
import { elsewhere } from './take-turns.ts'

const most = Number.MAX_SAFE_INTEGER

export const streamName = z.enum(streams, { error: 'must be stdout or stderr' }).optional()

export const attemptQuery = z.object({
  attempt: whole(1, 1_000_000).optional().describe('The newest unless named.'),
})

const linesQuery = attemptQuery.extend({
  from: whole(-most, most)
    .refine((from) => from !== 0, { error: 'must not be 0: lines are numbered from 1, and below zero from the end' })
    .default(1)
    .describe('The number of the first line; below zero it counts from the end.'),
  count: whole(1, most).default(100).describe(`Lines; above ${longestLogPage} counts as ${longestLogPage}.`),
})

const schema = {
  tags: ['logs'],
  summary: "Lines of a run's log by number",
  params: idParam,
  querystring: linesQuery,
  response: { 200: LogLinesDocument },
}

export function logLineRoutes(app: App, { plane, turns }: Api): void {
  app.get('/runs/:id/log/lines', { schema }, async (request, reply): Promise<LogLinesDocument> => {
    const { attempt: named = null, from, count } = request.query
    const asked = { attempt: named, from, count: Math.min(count, longestLogPage) }
    // A thread reads, which takes turns of its own.
    const { attempt, total, complete, seq, lines } = await elsewhere(turns, request, reply, () =>
      plane.logs.lines(scopeOf(request), request.params.id, asked),
    )
    return {
      attempt,
      total_lines: total,
      complete,
      last_event_id: seq === 0 ? null : `${attempt}-${seq}`,
      lines: lines.map(lineDocument),
    }
  })
}

export const lineDocument = <Line extends LogLine>(line: Line): Line => ({ ...line, ts: unixSeconds(line.ts) })
