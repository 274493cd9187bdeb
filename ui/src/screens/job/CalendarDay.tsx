import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { number } from '../../parts/format.ts'
import type { Tone } from '../../parts/Status.tsx'
import classes from './JobCalendar.module.css'
import type { Day, DayCounts } from './month.ts'

/** What a day can have: by a sign and a word, not by colour alone. */
export const kinds = [
  { name: 'success', sign: '✓', label: 'succeeded', tone: 'good' },
  { name: 'failed', sign: '✗', label: 'failed or timed out', tone: 'bad' },
  { name: 'cancelled', sign: '⊘', label: 'cancelled', tone: 'idle' },
  { name: 'skipped', sign: '–', label: 'skipped', tone: 'idle' },
  { name: 'missed', sign: '!', label: 'missed', tone: 'warn' },
  { name: 'planned', sign: '○', label: 'planned', tone: 'live' },
] as const satisfies readonly {
  readonly name: keyof DayCounts
  readonly sign: string
  readonly label: string
  readonly tone: Tone
}[]

/** A day of the calendar, with what it has. @param isOpen what is planned for it is not reckoned */
export const CalendarDay = memo(function CalendarDay({
  jobId,
  day: { date, from, until },
  count,
  isToday,
  isOpen,
  zone,
}: {
  readonly jobId: string
  readonly day: Day
  readonly count: DayCounts
  readonly isToday: boolean
  readonly isOpen: boolean
  readonly zone: string
}) {
  const some = kinds.filter(({ name }) => count[name] > 0)
  const hasRuns = count.success + count.failed + count.cancelled > 0
  const words = some.map(({ name, label }) => `${number(count[name])} ${label}`).join(', ')
  const named = `${dayName(from, zone)}: ${words || (isOpen ? 'not reckoned' : 'nothing')}`
  const marks = (
    <>
      <span className="hidden">{named}</span>
      <span className={classes.date} aria-hidden>
        {Number(date.slice(8))}
      </span>
      {some.map(({ name, sign, tone }) => (
        <span key={name} className={classes.mark} data-tone={tone} aria-hidden>
          <b>{sign}</b> {short(count[name])}
        </span>
      ))}
      {isOpen && (
        <span className="dim" aria-hidden>
          …
        </span>
      )}
    </>
  )
  return (
    <td aria-current={isToday ? 'date' : undefined} title={named}>
      {hasRuns ? (
        <Link
          to="/runs"
          search={{ job_id: jobId, since: new Date(from).toISOString(), until: new Date(until).toISOString() }}
        >
          {marks}
        </Link>
      ) : (
        <div>{marks}</div>
      )}
    </td>
  )
})

const dayName = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long' }).format(at)

/** `288`, `1.4k`: a day is narrow on a phone. */
const short = (count: number): string => new Intl.NumberFormat('en', { notation: 'compact' }).format(count)
