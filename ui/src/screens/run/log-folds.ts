/** What a line says of groups: `::group::NAME` begins one, `::endgroup::` ends it; `##[group]NAME` and `##[endgroup]` do, too. */
export type GroupMark = { readonly begins: true; readonly name: string } | { readonly begins: false }

const mark = /^(?:::(end)?group::|##\[(end)?group\])(.*)$/i

/** RE2, without regard to case: the same marks, as the server finds them in all of a log. */
export const beginPattern = String.raw`^(::group::|##\[group\])`
export const endPattern = String.raw`^(::endgroup::|##\[endgroup\])`

/** Pure. @returns null where the line is no mark */
export function groupMarkOf(text: string): GroupMark | null {
  const found = mark.exec(text)
  if (found === null) return null
  const [, end, otherEnd, name = ''] = found
  return end !== undefined || otherEnd !== undefined ? { begins: false } : { begins: true, name: name.trim() }
}

/** Lines that belong together under the one before them. */
export interface Fold {
  /** The line with the name. */
  readonly head: number
  readonly from: number
  readonly to: number
  /** How many lines it holds: its mark at the end is none of them. */
  readonly count: number
}

/**
 * Groups do not lie in each other: a group ends with its mark, where the next begins, or with the log. Pure.
 * @param begins numbers of the lines that begin one, @param ends of those that end one; both ascending
 */
export function foldsOf(begins: readonly number[], ends: readonly number[], total: number): readonly Fold[] {
  let at = 0
  return begins.flatMap((head, index) => {
    const next = begins[index + 1] ?? total + 1
    while (at < ends.length && (ends[at] ?? 0) <= head) at += 1
    const to = Math.min(ends[at] ?? next - 1, next - 1)
    const count = to - head - (ends[at] === to ? 1 : 0)
    return to > head ? [{ head, from: head + 1, to, count }] : []
  })
}
