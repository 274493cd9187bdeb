import { Link } from '@tanstack/react-router'
import type { IdentifiedEvent, RunDocument } from '../../../../src/client/index.ts'
import type { Column } from '../../parts/column.ts'
import { duration } from '../../parts/format.ts'
import { Status } from '../../parts/Status.tsx'
import { Ago, Since } from '../../parts/Time.tsx'
import { OfJob } from '../jobs/OfJob.tsx'

export const runId = ({ _id }: Pick<RunDocument, '_id'>): string => _id
export const runName = ({ job_name, _id }: Pick<RunDocument, 'job_name' | '_id'>): string => `${job_name} ${_id}`

/** Events that begin a run's life tell of a new row. */
export function touchedRun({ type, payload }: IdentifiedEvent) {
  const { run_id: id } = payload
  const isFirst = type === 'job_enqueued' && payload.reason !== 'retry' && payload.reason !== 'failover'
  return id === undefined ? null : { id, isNew: isFirst }
}

export const runColumns: readonly Column<RunDocument>[] = [
  { id: 'status', header: 'Status', width: '7.5rem', phone: 'mark', cell: (run) => <RunStatusMark run={run} /> },
  {
    id: 'job',
    header: 'Job',
    width: 'minmax(11rem, 2fr)',
    phone: 'head',
    cell: (run) => <RunLink run={run} name={run.job_name} />,
  },
  { id: 'due', header: 'Due', width: '8.5rem', cell: (run) => <Due run={run} /> },
  { id: 'duration', header: 'Duration', width: '6rem', align: 'end', cell: (run) => <Duration run={run} /> },
  {
    id: 'reason',
    header: 'Reason',
    width: 'minmax(9rem, 1.6fr)',
    cell: (run) => <Reason run={run} />,
  },
  {
    id: 'worker',
    header: 'Worker',
    width: 'minmax(6rem, 0.8fr)',
    cell: (run) => run.worker_id ?? <span className="dim">none yet</span>,
  },
  { id: 'attempt', header: 'Attempt', width: '4.5rem', align: 'end', phone: 'hidden', cell: (run) => run.attempt },
]

/** Leads to a run; opened by Enter where the row has the focus. */
export function RunLink({ run, name }: { readonly run: RunDocument; readonly name: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId: run._id }} data-row-link title={run._id}>
      <strong>{name}</strong>
    </Link>
  )
}

function Due({ run: { job_id, scheduled_ts } }: { readonly run: RunDocument }) {
  return (
    <OfJob jobId={job_id}>
      <Ago at={scheduled_ts} />
    </OfJob>
  )
}

function RunStatusMark({ run }: { readonly run: RunDocument }) {
  return <Status status={run.status} cancelling={run.cancel_requested_at !== null && run.end_ts === null} />
}

function Duration({ run }: { readonly run: RunDocument }) {
  if (run.duration !== null) return duration(run.duration)
  if (run.start_ts === null) return <span className="dim">not started</span>
  return <Since at={run.start_ts} />
}

function Reason({ run: { status, completion_reason } }: { readonly run: RunDocument }) {
  if (completion_reason === null || status === 'success') return null
  return <span title={completion_reason}>{completion_reason}</span>
}
