import { Link } from '@tanstack/react-router'
import type { Column } from '../../parts/column.ts'
import { exact } from '../../parts/format.ts'
import { Since, useZone } from '../../parts/Time.tsx'
import { OfJob } from '../jobs/OfJob.tsx'
import type { Waiting } from './causes.ts'
import classes from './QueueScreen.module.css'

export const waitingId = ({ run_id }: Waiting): string => run_id
export const waitingName = ({ name, run_id }: Waiting): string => `${name} ${run_id}`

const domain: Column<Waiting> = {
  id: 'domain',
  header: 'Domain',
  width: 'minmax(4.5rem, 0.4fr)',
  cell: (row) => row.domain,
}

/** @param across whether the domain is worth a column */
export const waitingColumns = (across: boolean): readonly Column<Waiting>[] => [
  {
    id: 'job',
    header: 'Job',
    width: 'minmax(10rem, 1.2fr)',
    phone: 'head',
    cell: ({ run_id, name }) => (
      <Link to="/runs/$runId" params={{ runId: run_id }} data-row-link title={run_id}>
        <strong>{name}</strong>
      </Link>
    ),
  },
  { id: 'since', header: 'Waits for', width: '7rem', cell: (row) => <Age row={row} /> },
  {
    id: 'reason',
    header: 'Why',
    width: 'minmax(14rem, 2.6fr)',
    phone: 'head',
    cell: ({ reason }) => <span className={classes.why}>{reason}</span>,
  },
  ...(across ? [domain] : []),
  { id: 'queue', header: 'Queue', width: 'minmax(4.5rem, 0.5fr)', cell: ({ queue }) => queue },
  { id: 'priority', header: 'Priority', width: '4.5rem', align: 'end', cell: ({ priority }) => priority },
  { id: 'user', header: 'User', width: 'minmax(4.5rem, 0.5fr)', phone: 'hidden', cell: ({ user }) => user },
]

/** How long it waits, ticking; since when, on hover. */
function Age({ row: { job_id, since } }: { readonly row: Waiting }) {
  return (
    <OfJob jobId={job_id}>
      <SinceWhen since={since} />
    </OfJob>
  )
}

function SinceWhen({ since }: { readonly since: string }) {
  const zone = useZone()
  return (
    <time dateTime={since} title={`since ${exact(Date.parse(since), zone)}`}>
      <Since at={since} />
    </time>
  )
}
