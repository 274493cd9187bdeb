import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HydraError } from '../model/errors.ts'
import { whole } from '../model/fields.ts'
import { listedTail } from '../model/log.ts'
import type { Scope } from '../scheduler/scope.ts'
import type { Page } from '../scheduler/views.ts'

/** No page is longer; a higher limit counts as this. */
export const longestPage = 1000

/** The longest output that a list shows of each stream, in characters. */
const longestTail = 65_536

const once = (error: string) => z.string({ error })

/** `limit`, `cursor`, `order`: how every list is paged. */
export const pageQuery = z.object({
  limit: whole(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(`Entries per page; above ${longestPage} counts as ${longestPage}.`),
  cursor: once('must be the cursor of a Link header').optional().describe('Where the page begins: from a Link header.'),
  order: z.enum(['asc', 'desc'], { error: 'must be asc or desc' }).optional().describe('Newest first unless asc.'),
})
export type PageQuery = z.infer<typeof pageQuery>

/** `tail`: how much output a list shows. */
export const tailQuery = z.object({
  tail: whole(0, Number.MAX_SAFE_INTEGER).optional().describe('Characters of stdout and stderr shown of each run.'),
})

export const tailOf = ({ tail }: z.infer<typeof tailQuery>): number => Math.min(tail ?? listedTail, longestTail)

/** A list under one name, so that the cursor of one is of no use in another. */
export interface ListKind {
  readonly name: string
  /** Entries of a page where the caller names no limit. */
  readonly otherwise: number
}

/** The page to ask for; one more than is shown, so that it is known whether another follows. */
export function pageOf(scope: Scope, { name, otherwise }: ListKind, query: PageQuery): Page {
  const oldestFirst = query.order === 'asc'
  const limit = Math.min(query.limit ?? otherwise, longestPage)
  const after = query.cursor === undefined ? null : readCursor(query.cursor, markOf(scope, name, oldestFirst))
  return { limit: limit + 1, after, oldestFirst }
}

/** A cursor holds for its list, its order and its token's domain only. */
const markOf = (scope: Scope, list: string, oldestFirst: boolean): string =>
  JSON.stringify([list, scope.domain, oldestFirst])

const writeCursor = (mark: string, after: string): string =>
  Buffer.from(JSON.stringify([mark, after])).toString('base64url')

function readCursor(cursor: string, mark: string): string {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(read) && read[0] === mark && typeof read[1] === 'string') return read[1]
  } catch {
    // Not one that this server wrote.
  }
  throw notOfThisList()
}

/** Of a cursor that this server did not write, or not for this list. */
export function notOfThisList(): HydraError {
  const fault = { path: 'cursor', message: 'is not a cursor of this list' }
  return new HydraError('INVALID', `${fault.path}: ${fault.message}`, { faults: [fault] })
}

/** The entries that are shown, after the header that names the next page (RFC 8288). */
export function shownOf<T>(
  request: Pick<FastifyRequest, 'url' | 'caller'>,
  reply: FastifyReply,
  { scope, kind, page, idOf }: { scope: Scope; kind: ListKind; page: Page; idOf: (item: T) => string },
  found: readonly T[],
): readonly T[] {
  const shown = found.slice(0, page.limit - 1)
  const last = shown.at(-1)
  if (found.length < page.limit || last === undefined) return shown
  const [path = '', query = ''] = request.url.split('?')
  const next = new URLSearchParams(query)
  next.delete('token')
  next.set('cursor', writeCursor(markOf(scope, kind.name, page.oldestFirst), idOf(last)))
  reply.header('link', `<${path}?${next}>; rel="next"`)
  return shown
}

/** A page of a list that is whole in memory, in its own order; all of it unless the caller names a limit. */
export function slicePage<T>(
  request: Pick<FastifyRequest, 'url' | 'caller'>,
  reply: FastifyReply,
  { scope, name, query, idOf }: { scope: Scope; name: string; query: PageQuery; idOf: (item: T) => string },
  all: readonly T[],
): readonly T[] {
  const kind: ListKind = { name, otherwise: longestPage }
  const page = pageOf(scope, kind, query)
  const ordered = page.oldestFirst ? all.toReversed() : all
  const start = page.after === null ? 0 : ordered.findIndex((item) => idOf(item) === page.after) + 1
  if (query.limit === undefined) return ordered.slice(start)
  return shownOf(request, reply, { scope, kind, page, idOf }, ordered.slice(start, start + page.limit))
}
