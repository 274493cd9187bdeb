import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { isFinal, type RunQuery } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { BulkBar } from '../../bulk/BulkBar.tsx'
import { runsInBulk } from '../../bulk/bulk.ts'
import { useLiveList } from '../../live/live-list.ts'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Empty, Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useSelection } from '../../parts/selection.ts'
import { OfOneJob } from '../jobs/OfJob.tsx'
import { RunFilters } from './RunFilters.tsx'
import { RunTable } from './RunTable.tsx'
import { runColumns, runId, touchedRun } from './run-rows.tsx'

/** Runs of a page. */
const limit = 100

/** Runs across jobs, newest first. */
export function RunsScreen() {
  const search = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const mayWrite = useMayWrite()
  const list = useRunList(search)
  const ids = useMemo(() => list.rows.map(runId), [list.rows])
  const selection = useSelection(ids)
  const narrow = (change: typeof search): void => {
    selection.clear()
    void navigate({ search: (before) => ({ ...before, ...change }) })
  }
  const filter = given(search)
  const isEmpty = !list.isLoading && list.error === null && list.rows.length === 0
  return (
    <Screen title="Runs" actions={<FreshRows count={list.fresh} what="run" onShow={list.showFresh} />}>
      <OfOneJob jobId={search.job_id}>
        <RunFilters search={search} onChange={narrow} />
      </OfOneJob>
      {mayWrite && (
        <BulkBar
          kind={runsInBulk}
          selection={selection}
          loaded={list.rows.length}
          hasMore={list.hasMore}
          filter={filter}
          onDone={list.reload}
        />
      )}
      {list.error !== null && list.rows.length === 0 && <Fault error={list.error} onRetry={list.reload} />}
      {list.isLoading && <Loading label="Loading runs" />}
      {isEmpty && Object.keys(filter).length > 0 && (
        <NoMatch what="runs" onClear={() => void navigate({ search: {} })} />
      )}
      {isEmpty && Object.keys(filter).length === 0 && (
        <Empty title="No runs yet">A run is one time that a job is done. Each stands here, from when it is due.</Empty>
      )}
      {list.rows.length > 0 && (
        <RunTable label="Runs" list={list} columns={runColumns} selection={mayWrite ? selection : null} />
      )}
    </Screen>
  )
}

/** The runs that fit, without their output, kept as they are now. */
function useRunList(query: RunQuery) {
  const hydra = useHydra()
  return useLiveList({
    queryKey: ['runs', 'list', query],
    page: (cursor, signal) => hydra.runs.page({ ...query, limit, cursor, tail: 0 }, signal),
    one: useCallback((id: string) => hydra.runs.get(id, { tail: 0 }), [hydra]),
    idOf: runId,
    touched: touchedRun,
    isSettled: isFinal,
  })
}

type Value = string | readonly string[]

/** Without what is not set. */
function given(filter: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const set: Record<string, Value> = {}
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) set[name] = value
  return set
}
