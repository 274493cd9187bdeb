import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError, type IdentifiedEvent, type Page } from '../../../src/client/index.ts'
import { useEvents } from './LiveProvider.tsx'

/** A list that is fetched page by page, and whose rows follow events. */
export interface LiveListOptions<T> {
  /** Must hold all that the list is narrowed by. */
  readonly queryKey: readonly unknown[]
  readonly page: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>
  readonly idOf: (item: T) => string
  /** A row as it is now. */
  readonly one: (id: string) => Promise<T>
  /** The row that an event speaks of, and whether it tells of one that the list has not. Must be stable. */
  readonly touched: (event: IdentifiedEvent) => { readonly id: string; readonly isNew: boolean } | null
  /** Rows that cannot change any more are left alone. */
  readonly isSettled?: (item: T) => boolean
}

export interface LiveList<T> {
  readonly rows: readonly T[]
  /** Rows that were added since, and wait to be shown. */
  readonly fresh: number
  readonly showFresh: () => void
  readonly error: Error | null
  readonly isLoading: boolean
  /** Shown rows are of an earlier question, while the present one is answered. */
  readonly isOld: boolean
  readonly hasMore: boolean
  readonly loadMore: () => void
  /** Puts a row in place of the one with its id; undefined takes it away. For acts that are shown before they are done. */
  readonly patch: (id: string, change: (item: T) => T | undefined) => void
  readonly reload: () => void
}

/** Rows are looked at again this long after the first event of a burst; at most so many. ms */
const pause = 500
const atOnce = 40

/**
 * A list under one's hands: nothing in it moves by itself. Rows that are there change in place, new ones wait until they are
 * asked for.
 */
export function useLiveList<T>(options: LiveListOptions<T>): LiveList<T> {
  const { queryKey, page, idOf, touched, isSettled } = options
  const queries = useQueryClient()
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: start,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
    // Nobody listened for it while it was not shown.
    refetchOnMount: 'always',
    refetchOnWindowFocus: false,
  })
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data])
  const ids = useMemo(() => new Map(rows.map((row) => [idOf(row), row])), [rows, idOf])
  const key = JSON.stringify(queryKey)
  const patch = usePatch(queryKey, idOf)
  const [fresh, setFresh] = useFreshIds(key)

  const look = useLooks(options, ids, patch)
  const onEvent = useCallback(
    (event: IdentifiedEvent) => {
      const about = touched(event)
      if (about === null) return
      const known = ids.get(about.id)
      if (known !== undefined) return isSettled?.(known) ? undefined : look(about.id)
      if (about.isNew) setFresh((all) => (all.has(about.id) ? all : new Set(all).add(about.id)))
    },
    [ids, touched, isSettled, look, setFresh],
  )
  useEvents(onEvent)

  const reload = useCallback(() => {
    setFresh(() => new Set())
    // The first page alone: later ones follow when they are scrolled to.
    queries.setQueryData<Pages<T>>(queryKey, (data) => data && firstOf(data))
    void queries.invalidateQueries({ queryKey, exact: true })
  }, [queries, queryKey, setFresh])

  return {
    rows,
    fresh: [...fresh].filter((id) => !ids.has(id)).length,
    showFresh: reload,
    error: query.error,
    isLoading: query.isPending,
    isOld: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetching) void query.fetchNextPage()
    },
    patch,
    reload,
  }
}

type Pages<T> = InfiniteData<Page<T>, string | null>
const start: string | null = null

const firstOf = <T>({ pages, pageParams }: Pages<T>): Pages<T> => ({
  pages: pages.slice(0, 1),
  pageParams: pageParams.slice(0, 1),
})

/** The ids of new rows; another list begins with none. */
function useFreshIds(key: string) {
  const [state, setState] = useState<{ readonly key: string; readonly ids: ReadonlySet<string> }>({ key, ids: none })
  const set = useCallback(
    (change: (ids: ReadonlySet<string>) => ReadonlySet<string>) =>
      setState((before) => ({ key, ids: change(before.key === key ? before.ids : none) })),
    [key],
  )
  return [state.key === key ? state.ids : none, set] as const
}
const none: ReadonlySet<string> = new Set()

function usePatch<T>(queryKey: readonly unknown[], idOf: (item: T) => string) {
  const queries = useQueryClient()
  return useCallback(
    (id: string, change: (item: T) => T | undefined) =>
      queries.setQueryData<Pages<T>>(queryKey, (data) => {
        if (data === undefined) return data
        const changed = (item: T): T[] => {
          if (idOf(item) !== id) return [item]
          const next = change(item)
          return next === undefined ? [] : [next]
        }
        return { ...data, pages: data.pages.map((one) => ({ ...one, items: one.items.flatMap(changed) })) }
      }),
    [queries, queryKey, idOf],
  )
}

/** Fetches rows that events speak of, some at a time; a row that is gone is taken away. */
function useLooks<T>(
  { one }: Pick<LiveListOptions<T>, 'one'>,
  ids: ReadonlyMap<string, T>,
  patch: LiveList<T>['patch'],
): (id: string) => void {
  const state = useRef({ due: new Set<string>(), timer: 0, one, ids, patch })
  useEffect(() => {
    Object.assign(state.current, { one, ids, patch })
  }, [one, ids, patch])
  useEffect(() => () => clearTimeout(state.current.timer), [])
  return useCallback((id: string) => {
    const { current } = state
    current.due.add(id)
    if (current.timer !== 0) return
    current.timer = window.setTimeout(async () => {
      // A hidden tab rests; what it missed is looked at when it is shown.
      await whenVisible()
      current.timer = 0
      const due = [...current.due].filter((known) => current.ids.has(known)).slice(-atOnce)
      current.due.clear()
      await Promise.allSettled(due.map((known) => lookAt(known, current.one, current.patch)))
    }, pause)
  }, [])
}

async function lookAt<T>(id: string, one: (id: string) => Promise<T>, patch: LiveList<T>['patch']): Promise<void> {
  try {
    const now = await one(id)
    patch(id, () => now)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) patch(id, () => undefined)
  }
}

async function whenVisible(): Promise<void> {
  if (!document.hidden) return
  await new Promise<void>((resolve) => document.addEventListener('visibilitychange', () => resolve(), { once: true }))
}
