import { Link } from '@tanstack/react-router'
import type { RunDocument } from '../../../../src/client/index.ts'
import { duration, exact } from '../../parts/format.ts'
import { statuses } from '../../parts/Status.tsx'
import { useZone } from '../../parts/Time.tsx'
import classes from './JobScreen.module.css'

/** As many as are shown. */
const most = 50

/** The last runs as bars, oldest first: how long each took, and how it ended. Each leads to its run. */
export function RunBars({ runs }: { readonly runs: readonly RunDocument[] }) {
  const zone = useZone()
  if (runs.length === 0) return null
  const shown = runs.slice(0, most).toReversed()
  const longest = Math.max(...shown.map((run) => run.duration ?? 0), 0.001)
  return (
    <nav className={classes.bars} aria-label={`The last ${shown.length} runs`}>
      {shown.map((run) => {
        const { label, tone } = statuses[run.status]
        const height = Math.round(8 + 92 * ((run.duration ?? longest) / longest))
        const words = barWords(run, label)
        return (
          <Link
            key={run._id}
            to="/runs/$runId"
            params={{ runId: run._id }}
            title={`${words}; due ${exact(Date.parse(run.scheduled_ts), zone)}`}
            aria-label={words}
          >
            <i data-tone={tone} style={{ height: `${height}%` }} />
          </Link>
        )
      })}
    </nav>
  )
}

/** `Failed in 3.2 s, after 120 ms in the queue, 2 attempts`. */
function barWords({ duration: took, queue_latency_ms, attempt }: RunDocument, label: string): string {
  const parts = [
    took === null ? label : `${label} in ${duration(took)}`,
    `after ${duration(queue_latency_ms / 1000)} in the queue`,
  ]
  return [...parts, ...(attempt > 1 ? [`${attempt} attempts`] : [])].join(', ')
}
