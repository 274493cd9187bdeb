import { ActionIcon } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { eventTypes, type IdentifiedEvent } from '../../../../src/client/index.ts'
import type { Column } from '../../parts/column.ts'
import { Mark } from '../../parts/Status.tsx'
import { Ago } from '../../parts/Time.tsx'
import { useJobName } from '../jobs/job-marks.ts'
import { OfOneJob } from '../jobs/OfJob.tsx'
import classes from './EventsScreen.module.css'
import { detailOf, shownAs } from './event-kinds.ts'

export const eventId = ({ id }: IdentifiedEvent): string => id
export const eventName = ({ type, id }: IdentifiedEvent): string => `${type} ${id}`

export const eventColumns: readonly Column<IdentifiedEvent>[] = [
  { id: 'ts', header: 'When', width: '8rem', cell: (event) => <When event={event} /> },
  { id: 'kind', header: 'Kind', width: '11rem', phone: 'mark', cell: (event) => <Kind event={event} /> },
  { id: 'of', header: 'Of', width: 'minmax(12rem, 1.6fr)', phone: 'head', cell: (event) => <Thing event={event} /> },
  {
    id: 'detail',
    header: 'What',
    width: 'minmax(9rem, 2fr)',
    phone: 'head',
    cell: ({ payload }) => <span className={classes.detail}>{detailOf(payload)}</span>,
  },
  { id: 'worker', header: 'Worker', width: 'minmax(5rem, 0.7fr)', cell: (event) => <Worker event={event} /> },
  {
    id: 'narrow',
    header: 'Narrow',
    width: '3.5rem',
    align: 'end',
    phone: 'hidden',
    cell: (event) => <Narrow event={event} />,
  },
]

function When({ event: { ts, payload } }: { readonly event: IdentifiedEvent }) {
  return (
    <OfOneJob jobId={payload.job_id}>
      <Ago at={new Date(ts * 1000).toISOString()} />
    </OfOneJob>
  )
}

function Kind({ event: { type, payload } }: { readonly event: IdentifiedEvent }) {
  const kind = eventTypes.find((one) => one === type)
  // After a gap that is too long for the server to fill.
  if (kind === undefined) return <Mark tone="warn" label="Some were missed" />
  return <Mark {...shownAs(kind, payload)} />
}

/** What it speaks of: a run, else a job, else a worker. */
function Thing({ event: { payload } }: { readonly event: IdentifiedEvent }) {
  const { run_id, job_id, worker_id, domain } = payload
  if (run_id !== undefined)
    return (
      <Link to="/runs/$runId" params={{ runId: run_id }} data-row-link title={`Run ${run_id}`}>
        {job_id === undefined ? <span className="mono">{run_id}</span> : <JobName id={job_id} payload={payload} />}{' '}
        <span className={classes.short}>run …{run_id.slice(-6)}</span>
      </Link>
    )
  if (job_id !== undefined)
    return (
      <Link to="/jobs/$jobId" params={{ jobId: job_id }} data-row-link title={`Job ${job_id}`}>
        <JobName id={job_id} payload={payload} />
      </Link>
    )
  if (worker_id !== undefined) return <WorkerLink id={worker_id} domain={domain} focused />
  return <span className="dim">everything</span>
}

/** An event tells a job's name when the job is new; otherwise it is asked for, once, and those of many rows together. */
function JobName({ id, payload }: { readonly id: string; readonly payload: IdentifiedEvent['payload'] }) {
  const asked = useJobName(id)
  const name = typeof payload.name === 'string' ? payload.name : asked
  return name ? <strong>{name}</strong> : <span className="mono">{id}</span>
}

function Worker({ event: { payload } }: { readonly event: IdentifiedEvent }) {
  const { worker_id, run_id, job_id, domain } = payload
  const isThing = run_id === undefined && job_id === undefined
  return worker_id === undefined || isThing ? null : <WorkerLink id={worker_id} domain={domain} />
}

function WorkerLink({
  id,
  domain,
  focused = false,
}: {
  readonly id: string
  readonly domain: string | null | undefined
  /** Whether it is what the row is opened by. */
  readonly focused?: boolean
}) {
  return (
    <Link
      to="/workers/$workerId"
      params={{ workerId: id }}
      {...(typeof domain === 'string' && { search: { domain } })}
      data-row-link={focused || undefined}
    >
      {id}
    </Link>
  )
}

/** Only what is of this job, or else of this worker. */
function Narrow({ event: { payload } }: { readonly event: IdentifiedEvent }) {
  const navigate = useNavigate({ from: '/events' })
  const { job_id, worker_id } = payload
  if (job_id === undefined && worker_id === undefined) return null
  const [what, change] = job_id === undefined ? ['worker', { worker_id }] : ['job', { job_id }]
  return (
    <ActionIcon
      size="sm"
      aria-label={`Only events of this ${what}`}
      title={`Only events of this ${what}`}
      onClick={() => void navigate({ search: (before) => ({ ...before, ...change }) })}
    >
      <IconFilter size={14} aria-hidden />
    </ActionIcon>
  )
}
