import { IconPlayerPause } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { JobDocument, RunDocument } from '../../../../src/client/index.ts'
import { counted, duration, exact, number } from '../../parts/format.ts'
import { Mark } from '../../parts/Status.tsx'
import { useScheduleWords } from '../../parts/schedule-words.ts'
import { Ahead, useOtherZone } from '../../parts/Time.tsx'
import { useJobMarks } from '../jobs/job-marks.ts'
import classes from './JobScreen.module.css'
import { quantile } from './quantile.ts'

/** When it runs, how long it takes, how often it fails. @param runs the newest first */
export function JobSummary({ job, runs }: { readonly job: JobDocument; readonly runs: readonly RunDocument[] }) {
  const words = useScheduleWords(job.schedule)
  const totals = useJobMarks(job._id)
  const times = runs.slice(0, 50).flatMap((run) => run.duration ?? [])
  const failed = runs.find(({ status }) => status === 'failed' || status === 'timed_out')
  const [half, most] = [quantile(times, 0.5), quantile(times, 0.95)]
  return (
    <dl className={classes.summary}>
      <Fact name="Schedule">{words}</Fact>
      <Fact name="Next run">
        <NextRun job={job} />
      </Fact>
      {half !== null && most !== null && (
        <Fact name={`Duration of the last ${times.length}`}>
          p50 {duration(half)}, p95 {duration(most)}
        </Fact>
      )}
      {totals && (
        <Fact name="Runs">
          <Link to="/runs" search={{ job_id: job._id }}>
            {counted(totals.total_runs, 'run')}
          </Link>
          {totals.failed_runs > 0 && (
            <>
              ,{' '}
              <Link to="/runs" search={{ job_id: job._id, status: ['failed', 'timed_out'] }}>
                {number(totals.failed_runs)} failed
              </Link>
            </>
          )}
        </Fact>
      )}
      {failed && (
        <Fact name="Last failure">
          <Link to="/runs/$runId" params={{ runId: failed._id }}>
            {failed.completion_reason ?? 'Open its log'}
          </Link>
        </Fact>
      )}
      {job.key !== null && <Fact name="Key">{job.key}</Fact>}
      <Fact name="Queue">
        {job.queue}, priority {job.priority}
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** By the zone that was chosen, and by the job's or one's own where that is another. */
function NextRun({ job: { schedule } }: { readonly job: JobDocument }) {
  const { mode, enabled, next_run_at, timezone } = schedule
  const other = useOtherZone(timezone)
  if (mode !== 'immediate' && !enabled) return <Mark tone="warn" icon={IconPlayerPause} label="Paused" />
  if (next_run_at === null) return 'none planned'
  return (
    <>
      <Ahead at={next_run_at} />
      {other !== null && <span className="dim"> ({exact(Date.parse(next_run_at), other)})</span>}
    </>
  )
}
