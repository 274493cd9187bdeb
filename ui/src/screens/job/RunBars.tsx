import { Link } from '@tanstack/react-router'
import type { RunDocument } from '../../../../src/client/index.ts'
import { duration } from '../../parts/format.ts'
import { statuses } from '../../parts/Status.tsx'
import classes from './JobScreen.module.css'

/** As many as are shown. */
const most = 50

/** The last runs as bars, oldest first: how long each took, and how it ended. Each leads to its run. */
export function RunBars({ runs }: { readonly runs: readonly RunDocument[] }) {
  if (runs.length === 0) return null
  const shown = runs.slice(0, most).toReversed()
  const longest = Math.max(...shown.map((run) => run.duration ?? 0), 0.001)
  return (
    <nav className={classes.bars} aria-label={`The last ${shown.length} runs`}>
      {shown.map((run) => {
        const { label, tone } = statuses[run.status]
        const height = Math.round(8 + 92 * ((run.duration ?? longest) / longest))
        const words = run.duration === null ? label : `${label} in ${duration(run.duration)}`
        return (
          <Link
            key={run._id}
            to="/runs/$runId"
            params={{ runId: run._id }}
            title={`${words}, ${run.scheduled_ts}`}
            aria-label={words}
          >
            <i data-tone={tone} style={{ height: `${height}%` }} />
          </Link>
        )
      })}
    </nav>
  )
}
