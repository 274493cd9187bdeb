import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { text, timeOrNull, whole } from '../model/fields.ts'
import { type LogQuery, longestLogPage } from '../model/log.ts'
import { LogHitsDocument, RunHitDocument } from '../model/wire/log.ts'
import type { RunHit } from '../scheduler/logs.ts'
import type { Api, App } from './api.ts'
import { callerOf, scopeOf } from './auth.ts'
import { partyOf } from './caller.ts'
import { departureOf } from './departure.ts'
import { attemptQuery, lineDocument, streamName } from './log-lines.ts'
import { idParam } from './params.ts'
import { elsewhere } from './take-turns.ts'

const flag = (otherwise: boolean) =>
  z.preprocess(
    (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
    z.boolean({ error: 'must be true or false' }).default(otherwise),
  )

const searchQuery = z.object({
  q: text(1000)
    .refine((q) => !/[\r\n]/.test(q), { error: 'must not contain a line break: lines are searched one by one' })
    .describe('A text, or with `regex` an expression in the syntax of RE2, that is looked for in each line.'),
  regex: flag(false),
  case: flag(false).describe('Whether upper and lower case differ.'),
  stream: streamName.describe('Lines of this stream alone; of both unless named.'),
})

const most = Number.MAX_SAFE_INTEGER
const limit = whole(1, most).default(100)

const runSchema = {
  tags: ['logs'],
  summary: "Matching lines of a run's log",
  description:
    'Searches for two seconds at most, then answers with what it has and the line to go on from. It goes on counting when `limit` lines are found.',
  params: idParam,
  querystring: searchQuery.extend(attemptQuery.shape).extend({
    from: whole(1, most).default(1).describe('The line to begin with.'),
    limit: limit.describe(`Lines that are shown; above ${longestLogPage} counts as ${longestLogPage}.`),
    count: flag(true).describe('Whether to go on counting when these are found.'),
  }),
  response: { 200: LogHitsDocument },
}

const manySchema = {
  tags: ['logs'],
  summary: 'Matching lines of many runs, newest run first',
  description:
    'One JSON object a line (NDJSON), each sent when it is found. Close the connection when you have enough.',
  querystring: searchQuery.extend({
    since: timeOrNull().optional().describe('Runs created from then on.'),
    until: timeOrNull().optional().describe('Runs created before then.'),
    job_id: z.string({ error: 'must be given once' }).optional(),
    per_run: limit.describe(`Lines of one attempt; above ${longestLogPage} counts as ${longestLogPage}.`),
  }),
  response: {
    200: { description: 'A hit a line.', content: { 'application/x-ndjson': { schema: RunHitDocument } } },
  },
}

export function logSearchRoutes(app: App, api: Api): void {
  const { logs } = api.plane
  app.get('/runs/:id/log/search', { schema: runSchema }, async (request, reply): Promise<LogHitsDocument> => {
    const { attempt = null, from, limit, count } = request.query
    const wanted = { attempt, from, hits: Math.min(limit, longestLogPage), count }
    const signal = departureOf(api, request, reply)
    const found = await elsewhere(api.turns, request, reply, () =>
      logs.search(scopeOf(request), request.params.id, queryOf(request.query), wanted, signal),
    )
    return { ...found, hits: found.hits.map(lineDocument) }
  })

  app.get('/logs/search', { schema: manySchema, exposeHeadRoute: false }, async (request, reply) => {
    const { since = null, until = null, job_id = null, per_run } = request.query
    const among = { since, until, job_id, perAttempt: Math.min(per_run, longestLogPage) }
    const signal = departureOf(api, request, reply)
    const found = await elsewhere(api.turns, request, reply, () =>
      logs.searchRuns(scopeOf(request), queryOf(request.query), among, signal),
    )
    return sendLines(reply, api.turns.sent(partyOf(callerOf(request)), found))
  })
}

const queryOf = ({ q, regex, case: hasCase, stream }: z.infer<typeof searchQuery>): LogQuery => ({
  q,
  regex,
  case: hasCase,
  stream: stream ?? null,
})

function sendLines(reply: FastifyReply, pages: AsyncIterable<readonly RunHit[]>): FastifyReply {
  return reply
    .type('application/x-ndjson; charset=utf-8')
    .send(Readable.from(textOf(reply, pages), { objectMode: false }))
}

async function* textOf(reply: FastifyReply, pages: AsyncIterable<readonly RunHit[]>): AsyncGenerator<string> {
  // The client knows that it is served before the first hit, which may be long in coming.
  reply.raw.flushHeaders()
  for await (const page of pages) yield page.map((hit) => `${JSON.stringify(hitDocument(hit))}\n`).join('')
}

const hitDocument = ({ run, attempt, hit, more }: RunHit): RunHitDocument => ({
  run_id: run._id,
  job_id: run.job_id,
  job_name: run.job_name,
  domain: run.domain,
  attempt,
  ...lineDocument(hit),
  more,
})
