import type { LogHitsDocument } from '../../../../src/client/index.ts'

/** Where a part of a search begins, and how many lines it tells. */
interface Part {
  readonly from: number
  readonly limit: number
}

/** What of an answer is of use here. */
interface Found extends Pick<LogHitsDocument, 'total' | 'searched_to' | 'total_lines'> {
  readonly hits: readonly { readonly n: number }[]
}

/** The lines that match, the first of them by number, and how many there are. */
export interface WholeHits {
  readonly lines: readonly number[]
  readonly total: number
}

/**
 * Asks until all of a log is searched: one answer has what was found within its time, which on a long log, or a busy server,
 * may be nothing yet. @param most lines that are told by number
 */
export async function searchWhole(ask: (part: Part) => Promise<Found>, most: number): Promise<WholeHits> {
  const lines: number[] = []
  let total = 0
  for (let from = 1; ; ) {
    const found = await ask({ from, limit: Math.max(1, most - lines.length) })
    lines.push(...found.hits.map(({ n }) => n).slice(0, most - lines.length))
    total += found.total
    if (found.searched_to >= found.total_lines) return { lines, total }
    from = found.searched_to + 1
  }
}
