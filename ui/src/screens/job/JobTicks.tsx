import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { JobDocument, TickDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted } from '../../parts/format.ts'
import { NextTicks } from '../../parts/NextTicks.tsx'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { Mark, type Tone } from '../../parts/Status.tsx'
import { Ago } from '../../parts/Time.tsx'
import { JobCalendar } from './JobCalendar.tsx'
import classes from './JobScreen.module.css'

/** What is planned, and what came of what was. */
export function JobTicks({ job }: { readonly job: JobDocument }) {
  const { next_run_at, ...schedule } = job.schedule
  if (schedule.mode === 'immediate')
    return (
      <Empty title="It has no schedule">
        It runs when it is submitted and when somebody runs it. With an interval or a cron line it runs by itself.
      </Empty>
    )
  return (
    <>
      <JobCalendar job={job} />
      <div className={classes.columns}>
        <section aria-label="Next ticks">
          <h2>Next ten</h2>
          {schedule.enabled ? (
            <NextTicks schedule={schedule} />
          ) : (
            <p>It is paused: none is planned. These would be next:</p>
          )}
          {!schedule.enabled && <NextTicks schedule={{ ...schedule, enabled: true }} />}
        </section>
        <section aria-label="Past ticks">
          <h2>What came of past ones</h2>
          <Ledger job={job} />
        </section>
      </div>
    </>
  )
}

const outcomes: Readonly<Record<TickDocument['outcome'], { readonly label: string; readonly tone: Tone }>> = {
  run: { label: 'Ran', tone: 'good' },
  late: { label: 'Ran late', tone: 'warn' },
  skipped: { label: 'Skipped', tone: 'idle' },
  missed: { label: 'Missed', tone: 'bad' },
}

function Ledger({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const { data, error } = useQuery({
    queryKey: ['job', job._id, 'ticks'],
    queryFn: ({ signal }) => hydra.jobs.ticksPage(job._id, { limit: 50 }, signal),
    placeholderData: keepPreviousData,
  })
  if (error !== null && data === undefined) return <Fault error={error} />
  if (data === undefined) return <Loading rows={4} />
  if (data.items.length === 0) return <p className="dim">None yet: the first one is still to come.</p>
  return (
    <ul className={classes.ledger}>
      {data.items.map((tick) => (
        <li key={`${tick.from} ${tick.outcome}`}>
          <Mark {...outcomes[tick.outcome]} />
          <span>
            <Ago at={tick.from} />
            {tick.count > 1 && `, ${counted(tick.count, 'tick')}`}
            {tick.run_id !== null && (
              <>
                {' '}
                <Link to="/runs/$runId" params={{ runId: tick.run_id }}>
                  its run
                </Link>
              </>
            )}
            {tick.reason !== null && <span className="dim"> {tick.reason}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}
