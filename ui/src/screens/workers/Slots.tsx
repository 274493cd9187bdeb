import { Link } from '@tanstack/react-router'
import { Since } from '../../parts/Time.tsx'
import { type Occupant, slotsOf } from './use-workers.ts'
import classes from './WorkersScreen.module.css'

/** Above so many, slots are small cells without words. */
const mostNamed = 6

/** The slots of a worker as cells: each leads to the run in it. */
export function Slots({
  worker,
  count,
  occupants,
  named = count <= mostNamed,
}: {
  readonly worker: string
  readonly count: number
  readonly occupants: readonly Occupant[]
  readonly named?: boolean
}) {
  return (
    <ul className={classes.slots} aria-label={`Slots of ${worker}`} data-named={named || undefined}>
      {slotsOf(count, occupants).map(({ number, run }) => (
        <li key={number}>{run === null ? <Free named={named} at={number} /> : <Taken run={run} named={named} />}</li>
      ))}
    </ul>
  )
}

function Free({ named, at }: { readonly named: boolean; readonly at: number }) {
  return (
    <span className={classes.free} title={`Slot ${at + 1} is free`}>
      <span className={named ? undefined : 'hidden'}>free</span>
    </span>
  )
}

function Taken({ run, named }: { readonly run: Occupant; readonly named: boolean }) {
  const { _id, job_name, start_ts } = run
  return (
    <Link to="/runs/$runId" params={{ runId: _id }} className={classes.taken} title={`${job_name}, run ${_id}`}>
      <span className={named ? classes.name : 'hidden'}>{job_name}</span>
      {named && <span className={classes.time}>{start_ts === null ? 'starting' : <Since at={start_ts} />}</span>}
    </Link>
  )
}
