import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { AuditQuery } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { DataTable } from '../../parts/DataTable.tsx'
import { FilterMark } from '../../parts/FilterMarks.tsx'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Filters } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Empty, Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useIsAcrossDomains } from '../jobs/columns.tsx'
import { AgeSelect } from '../queue/AgeSelect.tsx'
import { type Age, beginOf } from '../queue/ages.ts'
import classes from './AdminScreen.module.css'
import { auditColumns, auditId, auditName } from './audit-rows.tsx'

type Narrowing = {
  readonly actor?: string | undefined
  readonly object?: string | undefined
  readonly age?: Age | undefined
}

/** Every change: who, what, when, from where; newest first. */
export function Audit() {
  const { actor, object, age } = useSearch({ from: '/admin' })
  const navigate = useNavigate({ from: '/admin' })
  const across = useIsAcrossDomains()
  const query = useMemo(
    () => ({
      ...(actor !== undefined && { actor }),
      ...(object !== undefined && { object }),
      ...(age !== undefined && { since: beginOf(age, Date.now()) }),
    }),
    [actor, object, age],
  )
  const trail = useTrail(query)
  const narrow = (change: Narrowing): void =>
    void navigate({ search: (before) => ({ ...before, tab: 'audit', ...change }) })
  const { rows, error, isPending } = trail
  const isEmpty = !isPending && error === null && rows.length === 0
  return (
    <>
      <Filters>
        <SearchBox
          label="Name of a token (exact)"
          value={actor ?? ''}
          onChange={(next) => narrow({ actor: next || undefined })}
        />
        <AgeSelect age={age} onChange={(next) => narrow({ age: next })} />
        {object !== undefined && (
          <FilterMark label={object} shown={`Of ${object}`} onRemove={() => narrow({ object: undefined })} />
        )}
        <FreshRows count={trail.fresh} what="change" onShow={trail.reload} />
      </Filters>
      {error !== null && rows.length === 0 && <Fault error={error} onRetry={trail.reload} />}
      {isPending && <Loading label="Loading the audit trail" />}
      {isEmpty && Object.keys(query).length > 0 && (
        <NoMatch what="changes" onClear={() => narrow({ actor: undefined, object: undefined, age: undefined })} />
      )}
      {isEmpty && Object.keys(query).length === 0 && (
        <Empty title="Nothing was changed yet">
          Whatever somebody changes through the API, this page or the command line stands here, with what was before.
        </Empty>
      )}
      {rows.length > 0 && (
        <div className={classes.table}>
          <DataTable
            label="Audit trail"
            rows={rows}
            idOf={auditId}
            nameOf={auditName}
            columns={auditColumns(across, narrow)}
            hasMore={trail.hasMore}
            loadMore={trail.loadMore}
          />
        </div>
      )}
    </>
  )
}

/** Entries of a page; of a look for new ones; how often it is looked, ms. */
const [limit, lookLimit, lookEvery] = [100, 50, 2000]
const start: string | null = null

/** The entries that fit, page by page. No event tells of new ones, so they are looked for; they wait to be shown. */
function useTrail(query: AuditQuery) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const queryKey = ['audit', query]
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => hydra.auditPage({ ...query, limit, cursor: pageParam }, signal),
    initialPageParam: start,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  const newest = useQuery({
    queryKey: ['audit-newest', query],
    queryFn: ({ signal }) => hydra.auditPage({ ...query, limit: lookLimit }, signal),
    refetchInterval: lookEvery,
  })
  const rows = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data])
  const known = rows[0]?._id
  const at = newest.data?.items.findIndex(({ _id }) => _id === known) ?? 0
  return {
    rows,
    error: pages.error,
    isPending: pages.isPending,
    fresh: pages.isPending ? 0 : at < 0 ? (newest.data?.items.length ?? 0) : at,
    hasMore: pages.hasNextPage,
    loadMore: () => {
      if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage()
    },
    reload: () => void queries.resetQueries({ queryKey, exact: true }),
  }
}
