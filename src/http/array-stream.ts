import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/**
 * Answers a long JSON array piece by piece: each is made when the socket took the one before it, so that an answer of
 * megabytes neither holds the event loop nor lies in memory as a whole.
 */
export function sendArray(reply: FastifyReply, pieces: AsyncIterable<readonly unknown[]>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Readable.from(textOf(pieces), { objectMode: false }))
}

async function* textOf(pieces: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  let before = '['
  for await (const piece of pieces) {
    if (piece.length === 0) continue
    yield before + JSON.stringify(piece).slice(1, -1)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}
