import type { ReactNode } from 'react'
import { minutes } from './load.ts'
import classes from './WorkerScreen.module.css'

/** One figure of a worker over the last hour, as one shape. */
export function HourChart({
  title,
  note,
  words,
  shape,
}: {
  readonly title: string
  /** How it stands now. */
  readonly note: ReactNode
  /** The chart for who does not see it. */
  readonly words: string
  /** A path, `minutes` wide and 20 high. */
  readonly shape: string
}) {
  return (
    <section aria-label={`${title} over the last hour`}>
      <h3 className={classes.head}>
        {title} <span className="dim">{note}</span>
      </h3>
      <svg
        className={classes.load}
        viewBox={`0 0 ${minutes} 20`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words}
      >
        <path d={shape} />
      </svg>
      <div className={classes.axis} aria-hidden>
        <span>an hour ago</span>
        <span>now</span>
      </div>
    </section>
  )
}
