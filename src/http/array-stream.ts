import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './api.ts'
import { callerOf } from './auth.ts'
import { partyOf } from './caller.ts'

/**
 * Answers a long JSON array piece by piece: each is made when the socket took the one before it, so that an answer of
 * megabytes neither holds the event loop nor lies in memory as a whole.
 */
export function sendArray(reply: FastifyReply, pieces: AsyncIterable<readonly unknown[]>): FastifyReply {
  return sendTexts(reply, textsOf(pieces))
}

/** As `sendArray`, of entries that are JSON texts already. */
export function sendTexts(reply: FastifyReply, pieces: AsyncIterable<readonly string[]>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Readable.from(arrayOf(pieces), { objectMode: false }))
}

async function* textsOf(pieces: AsyncIterable<readonly unknown[]>): AsyncGenerator<readonly string[]> {
  for await (const piece of pieces) yield piece.map((entry) => JSON.stringify(entry))
}

/** Entries of a list that are written in one go. */
const atOnce = 40

/** Answers a list: a short one at once, a long one piece by piece, each in a turn of the caller's domain. */
export function sendList<Item, Shown>(
  { turns }: Pick<Api, 'turns'>,
  request: Pick<FastifyRequest, 'caller'>,
  reply: FastifyReply,
  items: readonly Item[],
  show: (item: Item) => Shown,
): Shown[] | FastifyReply {
  if (items.length <= atOnce) return items.map(show)
  return sendArray(reply, turns.pages(partyOf(callerOf(request)), piecesOf(items, show)))
}

async function* piecesOf<Item, Shown>(
  items: readonly Item[],
  show: (item: Item) => Shown,
): AsyncGenerator<readonly Shown[]> {
  for (let at = 0; at < items.length; at += atOnce) yield items.slice(at, at + atOnce).map(show)
}

async function* arrayOf(pieces: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  let before = '['
  for await (const piece of pieces) {
    if (piece.length === 0) continue
    yield before + piece.join(',')
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}
