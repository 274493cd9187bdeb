import type { Ask, Query, Transport } from './transport.ts'

/** How every list is paged. */
export type PageQuery = {
  /** Entries of a page, at most 1000. */
  readonly limit?: number
  /** Where it begins: the `cursor` of the page before. */
  readonly cursor?: string | null
  /** Newest first unless `asc`. */
  readonly order?: 'asc' | 'desc'
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page begins; null when there is none. */
  readonly cursor: string | null
}

/** What a list is asked for by. */
export type ListAsk = Pick<Ask, 'path' | 'signal'> & { readonly query: (PageQuery & Query) | undefined }

/** One page of a list. */
export async function page<T>(transport: Transport, ask: ListAsk): Promise<Page<T>> {
  const { body, headers } = await transport.answer<readonly T[]>(ask)
  return { items: body, cursor: nextCursor(headers.get('link')) }
}

/** All entries of a list, page by page as they are taken. `limit` is the length of a page, not of the list. */
export async function* entries<T>(transport: Transport, ask: ListAsk): AsyncGenerator<T, void> {
  let cursor = ask.query?.cursor ?? null
  do {
    const next: Page<T> = await page(transport, { ...ask, query: { ...ask.query, cursor } })
    yield* next.items
    cursor = next.cursor
  } while (cursor !== null)
}

/** The cursor in `Link: <…>; rel="next"` (RFC 8288). Only that: a proxy may serve the API under another path. */
export function nextCursor(header: string | null): string | null {
  for (const [, target = '', params = ''] of (header ?? '').matchAll(/<([^>]*)>([^,<]*)/g))
    if (/;\s*rel="?next"?/.test(params)) return new URLSearchParams(target.split('?')[1] ?? '').get('cursor')
  return null
}
