import { useCallback, useMemo } from 'react'
import { type IdentifiedEvent, isFinal } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { useLiveList } from '../../live/live-list.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { runColumns, runId, runName } from '../runs/run-rows.tsx'
import classes from './WorkerScreen.module.css'

/** Runs of a page. */
const limit = 50

const columns = runColumns.filter(({ id }) => id !== 'worker')

/** The runs whose last attempt a worker had, newest first. */
export function WorkerRuns({ id, domain }: { readonly id: string; readonly domain: string | undefined }) {
  const hydra = useHydra()
  const narrowed = useMemo(() => ({ worker_id: id, ...(domain !== undefined && { domain }) }), [id, domain])
  const list = useLiveList({
    queryKey: ['runs', 'list', narrowed],
    page: (cursor, signal) => hydra.runs.page({ ...narrowed, limit, cursor, tail: 0 }, signal),
    one: useCallback((run: string) => hydra.runs.get(run, { tail: 0 }), [hydra]),
    idOf: runId,
    // Which worker has a run is known from its start on.
    touched: useCallback(
      ({ type, payload: { run_id, worker_id } }: IdentifiedEvent) =>
        run_id === undefined ? null : { id: run_id, isNew: type === 'run_started' && worker_id === id },
      [id],
    ),
    isSettled: isFinal,
  })
  if (list.error !== null && list.rows.length === 0) return <Fault error={list.error} onRetry={list.reload} />
  if (list.isLoading) return <Loading label="Loading its runs" />
  return (
    <>
      <FreshRows count={list.fresh} what="run" onShow={list.showFresh} />
      {list.rows.length === 0 ? (
        <Empty title="It ran nothing yet">Each run that it takes stands here, from its start.</Empty>
      ) : (
        <div className={classes.runs}>
          <DataTable
            label="Runs of this worker"
            rows={list.rows}
            idOf={runId}
            nameOf={runName}
            columns={columns}
            hasMore={list.hasMore}
            loadMore={list.loadMore}
            isOld={list.isOld}
          />
        </div>
      )}
    </>
  )
}
