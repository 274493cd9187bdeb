import { useCallback, useMemo, useState } from 'react'
import type { LogBook } from './log-book.ts'
import { beginPattern, endPattern, type Fold, foldsOf } from './log-folds.ts'
import { type Layout, layoutOf } from './log-layout.ts'
import { useLogFind } from './use-log-find.ts'

export interface Folds {
  readonly all: ReadonlyMap<number, Fold>
  readonly closed: ReadonlySet<number>
  readonly toggle: (head: number) => void
  /** Opens what hides a line. */
  readonly reveal: (line: number) => void
  readonly closeAll: () => void
  readonly openAll: () => void
  readonly ends: readonly number[]
}

const none: ReadonlySet<number> = new Set()

/** The groups of an attempt's log. All of it is searched for them once one was seen: most logs have none. */
export function useFolds(runId: string, book: LogBook): Folds {
  const { total, marks } = book
  const wanted = marks.size > 0
  const begun = useLogFind(runId, book, wanted ? beginPattern : '', true).lines
  const ended = useLogFind(runId, book, wanted ? endPattern : '', true).lines
  const seen = marks.size
  // `seen` stands for the marks, which change in place.
  const { all, ends } = useMemo(() => {
    const told = seen === 0 ? [] : [...marks]
    const here = (begins: boolean): readonly number[] => told.filter(([, one]) => one === begins).map(([n]) => n)
    const joined = (a: readonly number[], b: readonly number[]): readonly number[] =>
      [...new Set([...a, ...b])].sort((x, y) => x - y)
    const endLines = joined(ended, here(false))
    const folds = foldsOf(joined(begun, here(true)), endLines, total)
    return { all: new Map(folds.map((fold) => [fold.head, fold])), ends: endLines }
  }, [begun, ended, marks, seen, total])
  const [{ of, closed }, setClosed] = useState({ of: book, closed: none })
  const now = of === book ? closed : none
  const change = useCallback(
    (next: (before: ReadonlySet<number>) => ReadonlySet<number>) =>
      setClosed((before) => ({ of: book, closed: next(before.of === book ? before.closed : none) })),
    [book],
  )
  return {
    all,
    ends,
    closed: now,
    toggle: useCallback(
      (head) => change((before) => (before.has(head) ? without(before, head) : new Set([...before, head]))),
      [change],
    ),
    reveal: (line) => {
      const fold = [...all.values()].find(({ from, to }) => line >= from && line <= to)
      if (fold !== undefined && now.has(fold.head)) change((before) => without(before, fold.head))
    },
    closeAll: () => change(() => new Set(all.keys())),
    openAll: () => change(() => none),
  }
}

const without = (set: ReadonlySet<number>, one: number): ReadonlySet<number> =>
  new Set([...set].filter((each) => each !== one))

/** What of a log is shown: not what lies in a closed group, not the marks that end one, and of one stream, if one is chosen. */
export function useLayout(book: LogBook, folds: Folds, stream: 'stdout' | 'stderr' | null): Layout {
  const { total, version } = book
  const { all, closed, ends } = folds
  const others = useMemo(
    () => (version === 0 || stream === null ? [] : otherThan(book, stream)),
    [book, version, stream],
  )
  return useMemo(() => {
    const shut = [...closed].flatMap((head) => all.get(head) ?? [])
    const marks = ends.map((n) => ({ from: n, to: n }))
    return layoutOf(total, [...shut, ...marks, ...others])
  }, [total, all, closed, ends, others])
}

/** A line that is not known yet keeps its place until it is. */
function otherThan(book: LogBook, stream: 'stdout' | 'stderr'): readonly { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = []
  for (const line of book.known()) {
    if (line.stream === stream) continue
    const last = spans.at(-1)
    if (last !== undefined && last.to === line.n - 1) last.to = line.n
    else spans.push({ from: line.n, to: line.n })
  }
  return spans
}
