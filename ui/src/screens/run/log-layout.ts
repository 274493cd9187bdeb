interface Span {
  readonly from: number
  readonly to: number
}

/** Which lines of a log are shown: a place among those that are, and a line's number, either from the other. Places begin at 1. */
export interface Layout {
  readonly total: number
  readonly lineAt: (place: number) => number
  /** Of a line that is hidden: that of the next one shown, or the last. */
  readonly placeOf: (line: number) => number
}

/** Pure. @param hidden in any order; may overlap */
export function layoutOf(total: number, hidden: readonly Span[]): Layout {
  const spans = merged(hidden, total)
  /** How many lines are hidden before each span. */
  const before: number[] = []
  let sum = 0
  for (const { from, to } of spans) {
    before.push(sum)
    sum += to - from + 1
  }
  const shown = total - sum
  // The number of spans that begin before a line, or before a place.
  const spansBefore = (isBefore: (at: number) => boolean): number => {
    let [low, high] = [0, spans.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(middle)) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    total: shown,
    lineAt: (place) => {
      const count = spansBefore((at) => (spans[at]?.from ?? 0) - (before[at] ?? 0) <= place)
      return place + (before[count] ?? sum)
    },
    placeOf: (line) => {
      const last = spansBefore((at) => (spans[at]?.from ?? 0) <= line) - 1
      const span = spans[last]
      if (span === undefined) return line
      const seen = line > span.to ? line : span.to + 1
      return Math.max(1, Math.min(shown, seen - (before[last + 1] ?? sum)))
    },
  }
}

function merged(spans: readonly Span[], total: number): readonly Span[] {
  const sorted = spans.filter(({ from, to }) => from <= to).toSorted((a, b) => a.from - b.from)
  const result: Span[] = []
  for (const { from, to } of sorted) {
    const end = Math.min(to, total)
    const last = result.at(-1)
    if (from > end) continue
    if (last !== undefined && from <= last.to + 1)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, end) }
    else result.push({ from, to: end })
  }
  return result
}
