import type { RunDocument } from '../../../../src/client/index.ts'
import type { LiveList } from '../../live/live-list.ts'
import type { Column } from '../../parts/column.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { duration } from '../../parts/format.ts'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { RunLink, runColumns, runId, runName } from '../runs/run-rows.tsx'

const queued: Column<RunDocument> = {
  id: 'queued',
  header: 'Queued',
  width: '6rem',
  align: 'end',
  cell: (run) => duration(run.queue_latency_ms / 1000),
}

const short = { header: 'Run', width: 'minmax(7rem, 1fr)' } as const

/** On its own screen a job's name says nothing new: what leads to a run is its id, whose end tells it from those beside it. */
const columns = runColumns.flatMap((column) => {
  if (column.id === 'job')
    return { ...column, ...short, cell: (run: RunDocument) => <RunLink run={run} name={`…${run._id.slice(-8)}`} /> }
  return column.id === 'duration' ? [queued, column] : column
})

/** The runs of a job, newest first. */
export function JobRuns({ list }: { readonly list: LiveList<RunDocument> }) {
  if (list.isLoading) return <Loading label="Loading its runs" />
  if (list.error !== null && list.rows.length === 0) return <Fault error={list.error} onRetry={list.reload} />
  if (list.rows.length === 0)
    return (
      <>
        <FreshRows count={list.fresh} what="run" onShow={list.showFresh} />
        <Empty title="It has not run yet">Run it now, or wait for its schedule: each run stands here.</Empty>
      </>
    )
  return (
    <>
      <FreshRows count={list.fresh} what="run" onShow={list.showFresh} />
      <DataTable
        label="Runs of the job"
        rows={list.rows}
        idOf={runId}
        nameOf={runName}
        columns={columns}
        hasMore={list.hasMore}
        loadMore={list.loadMore}
      />
    </>
  )
}
