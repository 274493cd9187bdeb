import { Link } from '@tanstack/react-router'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { counted } from '../../parts/format.ts'
import { Ago } from '../../parts/Time.tsx'
import type { Occupant } from '../workers/use-workers.ts'
import classes from './WorkerScreen.module.css'

/** What is left on a worker that takes no new work: each run by its name, since when, the longest first. */
export function DrainWaits({
  worker: { state, status },
  occupants,
}: {
  readonly worker: WorkerDocument
  readonly occupants: readonly Occupant[]
}) {
  if (status === 'offline' || (state !== 'draining' && state !== 'disabled')) return null
  const longestFirst = occupants.toSorted((one, other) => (one.start_ts ?? '~').localeCompare(other.start_ts ?? '~'))
  return (
    <section aria-label="What is left" className={classes.left}>
      <p role="status">
        {occupants.length === 0
          ? 'Nothing runs here any more: it can be stopped.'
          : `${state === 'draining' ? 'The drain waits for' : 'Still here:'} ${counted(occupants.length, 'run')}`}
      </p>
      <ul>
        {longestFirst.map(({ _id, job_name, start_ts }) => (
          <li key={_id}>
            <Link to="/runs/$runId" params={{ runId: _id }}>
              {job_name}
            </Link>{' '}
            {start_ts === null ? (
              <span className="dim">starting</span>
            ) : (
              <span className="dim">
                started <Ago at={start_ts} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
