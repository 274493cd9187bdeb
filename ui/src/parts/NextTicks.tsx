import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ScheduleInput } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import { exact } from './format.ts'
import classes from './NextTicks.module.css'
import { sentenceOf } from './sentence.ts'
import { Ahead, useOtherZone } from './Time.tsx'

/** The next ten times of a schedule, as the server reckons them: one's own, the job's zone's, and what daylight saving does. */
export function NextTicks({ schedule }: { readonly schedule: ScheduleInput }) {
  const hydra = useHydra()
  const other = useOtherZone(schedule.timezone ?? 'UTC')
  const { data, error } = useQuery({
    queryKey: ['preview', schedule],
    queryFn: () => hydra.preview(schedule, 10),
    placeholderData: keepPreviousData,
    retry: false,
  })
  if (error !== null) return <p className="dim">{sentenceOf(error)}</p>
  if (data?.ticks.length === 0)
    return <p className="dim">None: its time is over, or its line names no moment that comes.</p>
  return (
    <ol className={classes.ticks}>
      {data?.ticks.map(({ at, note }) => (
        <li key={at}>
          <Ahead at={at} />
          {other !== null && <span className="dim">{exact(Date.parse(at), other)}</span>}
          {note !== null && <em>{note}</em>}
        </li>
      ))}
    </ol>
  )
}
