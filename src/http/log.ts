import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { HydraError } from '../model/errors.ts'
import { whole } from '../model/fields.ts'
import type { Api, App } from './api.ts'
import { callerOf, scopeOf } from './auth.ts'
import { partyOf } from './caller.ts'
import { departureOf } from './departure.ts'
import { problemOf, problemType } from './errors.ts'
import { streamName } from './log-lines.ts'
import { idParam } from './params.ts'

const logQuery = z.object({
  stream: streamName,
  attempt: whole(1, 1_000_000).optional(),
})

const schema = {
  tags: ['logs'],
  summary: 'The whole log as text, all attempts in turn',
  params: idParam,
  querystring: logQuery,
  response: {
    200: { description: 'All of it.', content: { 'text/plain': { schema: z.string() } } },
    206: { description: 'The range of bytes that was asked for.', content: { 'text/plain': { schema: z.string() } } },
  },
}

/** A range of bytes, both included (RFC 9110). */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export function logRoutes(app: App, api: Api): void {
  const { runs, logs } = api.plane
  app.route({
    method: ['GET', 'HEAD'],
    url: '/runs/:id/log',
    schema,
    async handler(request, reply) {
      const scope = scopeOf(request)
      const { run } = await runs.get(scope, request.params.id)
      const { stream = null, attempt = null } = request.query
      const extent = await logs.extent(run._id, { stream, attempt })
      // A log only grows: as long as its length is the same, so are its bytes.
      const etag = `"${run._id}-${extent.total}"`
      reply.header('accept-ranges', 'bytes').header('etag', etag).type('text/plain; charset=utf-8')
      const condition = request.headers['if-range']
      const isSame = condition === undefined || condition === etag
      const range = isSame ? rangeOf(request.headers.range, extent.total) : null
      if (range === 'unsatisfiable') return unsatisfiable(reply, extent.total)
      const { first, last } = range ?? { first: 0, last: extent.total - 1 }
      if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${extent.total}`)
      reply.header('content-length', String(last - first + 1))
      if (request.method === 'HEAD' || last < first) return reply.send('')
      const bytes = logs.bytes(scope, extent, { from: first, to: last + 1 }, departureOf(api, request, reply))
      return sendPages(reply, api.turns.sent(partyOf(callerOf(request)), bytes, costOf))
    },
  })
}

/** What bytes from a thread take of this one beside their turn, most of it to collect them: some 8 ms for a megabyte were measured. */
const costOf = (page: Uint8Array): number => page.length / 131_072

/** Each page is read when the socket took the one before it. */
const sendPages = (reply: FastifyReply, pages: AsyncIterable<Uint8Array>): FastifyReply =>
  reply.send(Readable.from(pages, { objectMode: false }))

function unsatisfiable(reply: FastifyReply, total: number): FastifyReply {
  const problem = problemOf(
    new HydraError('RANGE_NOT_SATISFIABLE', `The log has ${total} bytes; the range lies beyond them.`),
  )
  return reply.code(416).header('content-range', `bytes */${total}`).type(problemType).send(JSON.stringify(problem))
}

/** The one range that a header asks for; null for none, several or another unit, which all mean the whole. */
export function rangeOf(header: string | undefined, total: number): ByteRange | 'unsatisfiable' | null {
  const parts = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  if (!parts) return null
  const [, from = '', to = ''] = parts
  if (from === '' && to === '') return null
  if (from === '') {
    const length = Math.min(Number(to), total)
    return length === 0 ? 'unsatisfiable' : { first: total - length, last: total - 1 }
  }
  const first = Number(from)
  const last = to === '' ? total - 1 : Math.min(Number(to), total - 1)
  if (to !== '' && Number(to) < first) return null
  return first >= total ? 'unsatisfiable' : { first, last }
}
