import { ActionIcon } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { JobDocument } from '../../../../src/client/index.ts'
import { useNow } from '../../parts/now.ts'
import { Fault } from '../../parts/States.tsx'
import { useZone } from '../../parts/Time.tsx'
import { CalendarDay, kinds } from './CalendarDay.tsx'
import classes from './JobCalendar.module.css'
import { countsOf, daysOf, monthAfter, monthOf } from './month.ts'
import { useMonth } from './use-month.ts'

/** A month of a job: what came of each day, and what is planned. Each day leads to its runs. */
export function JobCalendar({ job }: { readonly job: JobDocument }) {
  const zone = useZone()
  const now = useNow()
  const navigate = useNavigate({ from: '/jobs/$jobId' })
  const { month = monthOf(now, zone) } = useSearch({ from: '/jobs/$jobId' })
  const { days, before } = useMemo(() => daysOf(month, zone), [month, zone])
  const { stats, planned, rows, error } = useMonth(job._id, days)
  const counts = useMemo(() => countsOf(days, { stats, planned, rows }), [days, stats, planned, rows])
  // Beyond this the plan is not known: it has too many ticks.
  const known = planned === null ? Number.POSITIVE_INFINITY : Date.parse(planned.until)
  const show = (next: string): void => void navigate({ search: { tab: 'ticks', month: next }, replace: true })
  return (
    <section className={classes.calendar} aria-label="Calendar">
      <div className={classes.head}>
        <h2>{nameOf(month)}</h2>
        <ActionIcon aria-label="The month before" onClick={() => show(monthAfter(month, -1))}>
          <IconChevronLeft size={18} aria-hidden />
        </ActionIcon>
        <ActionIcon aria-label="The month after" onClick={() => show(monthAfter(month, 1))}>
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
        <span className="dim">days in {zone}</span>
      </div>
      {error !== null && stats === null && <Fault error={error} />}
      <table aria-label={nameOf(month)}>
        <thead>
          <tr>
            {weekdays.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(days.length, before).map((week) => (
            <tr key={week.join()}>
              {week.map((at) => {
                const [day, count] = [days[at], counts[at]]
                if (day === undefined || count === undefined) return <td key={at} aria-hidden />
                const isToday = now >= day.from && now < day.until
                const isOpen = day.from >= known
                return <CalendarDay key={at} {...{ jobId: job._id, day, count, isToday, isOpen, zone }} />
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <ul className={classes.legend} aria-label="Marks">
        {kinds.map(({ name, sign, label, tone }) => (
          <li key={name} data-tone={tone}>
            <b aria-hidden>{sign}</b> {label}
          </li>
        ))}
      </ul>
    </section>
  )
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const

const nameOf = (month: string): string =>
  new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    Date.parse(`${month}-01T00:00:00Z`),
  )

/** The places of a month's days by weeks; those outside of it are below zero or above the last one. */
const weeksOf = (count: number, before: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil((count + before) / 7) }, (_, week) =>
    weekdays.map((_name, day) => week * 7 + day - before),
  )
