import { IconPlayerPause } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { JobDocument } from '../../../../src/client/index.ts'
import { useWho } from '../../api/hydra.tsx'
import type { Column } from '../../parts/column.ts'
import { Spark } from '../../parts/Spark.tsx'
import { Mark } from '../../parts/Status.tsx'
import { useScheduleWords } from '../../parts/schedule-words.ts'
import { Ahead, OfZone } from '../../parts/Time.tsx'
import { useSessionState } from '../../session/session.ts'
import { useJobMarks } from './job-marks.ts'

export const jobId = ({ _id }: JobDocument): string => _id
export const jobName = ({ name }: JobDocument): string => name

/** Whether rows of several domains stand side by side. */
export function useIsAcrossDomains(): boolean {
  const { domain } = useWho()
  const { session } = useSessionState()
  return domain === null && (session?.domain ?? null) === null
}

const domain: Column<JobDocument> = {
  id: 'domain',
  header: 'Domain',
  width: 'minmax(4.5rem, 0.4fr)',
  cell: (job) => job.domain,
}

/** @param across whether the domain is worth a column */
export const jobColumns = (across: boolean): readonly Column<JobDocument>[] => [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(10rem, 2fr)',
    sort: 'name',
    phone: 'head',
    cell: (job) => <Name job={job} />,
  },
  ...(across ? [domain] : []),
  { id: 'schedule', header: 'Schedule', width: 'minmax(9rem, 1.6fr)', cell: (job) => <Schedule job={job} /> },
  {
    id: 'next',
    header: 'Next run',
    width: 'minmax(11.5rem, 1fr)',
    sort: 'next_run_at',
    cell: (job) => <Next job={job} />,
  },
  { id: 'runs', header: 'Last runs', width: '7rem', cell: (job) => <LastRuns id={job._id} /> },
  {
    id: 'priority',
    header: 'Priority',
    width: '4.5rem',
    sort: 'priority',
    align: 'end',
    phone: 'hidden',
    cell: (job) => job.priority,
  },
]

function Name({ job }: { readonly job: JobDocument }) {
  return (
    <>
      <Link to="/jobs/$jobId" params={{ jobId: job._id }} data-row-link title={job.name}>
        <strong>{job.name}</strong>
      </Link>
      {job.key !== null && <span className="dim"> {job.key}</span>}
    </>
  )
}

function Schedule({ job }: { readonly job: JobDocument }) {
  const words = useScheduleWords(job.schedule)
  return <span title={job.schedule.cron ?? undefined}>{words}</span>
}

function Next({ job: { schedule } }: { readonly job: JobDocument }) {
  if (schedule.mode !== 'immediate' && !schedule.enabled)
    return <Mark tone="warn" icon={IconPlayerPause} label="Paused" />
  if (schedule.next_run_at === null) return <span className="dim">none planned</span>
  return (
    <OfZone zone={schedule.timezone}>
      <Ahead at={schedule.next_run_at} />
    </OfZone>
  )
}

function LastRuns({ id }: { readonly id: string }) {
  const marks = useJobMarks(id)
  if (marks === undefined) return <span className="dim">…</span>
  return <Spark runs={marks?.recent_runs ?? []} />
}
