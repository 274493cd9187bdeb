import type { RunDocument } from '../../../src/client/index.ts'
import { duration } from './format.ts'
import classes from './Spark.module.css'
import { statuses } from './Status.tsx'

type Mark = Pick<RunDocument, '_id' | 'status' | 'duration'>

/** The newest runs as bars, oldest first: how long each took, and how it ended. @param runs newest first */
export function Spark({ runs, places = 12 }: { readonly runs: readonly Mark[]; readonly places?: number }) {
  if (runs.length === 0) return <span className="dim">no runs yet</span>
  const shown = runs.slice(0, places).toReversed()
  const longest = Math.max(...shown.map((run) => run.duration ?? 0), 0.001)
  return (
    <span className={classes.spark} role="img" aria-label={words(shown)}>
      {shown.map((run) => {
        const { tone, label } = statuses[run.status]
        // By the root, so that a short run beside a long one is still seen.
        const height = 22 + 78 * Math.sqrt((run.duration ?? longest) / longest)
        const title = run.duration === null ? label : `${label}, ${duration(run.duration)}`
        return <i key={run._id} data-tone={tone} title={title} style={{ height: `${Math.round(height)}%` }} />
      })}
    </span>
  )
}

function words(runs: readonly Mark[]): string {
  const counts = new Map<string, number>()
  for (const { status } of runs) {
    const word = statuses[status].label.toLowerCase()
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`)
  return `Last ${runs.length === 1 ? 'run' : `${runs.length} runs`}: ${parts.join(', ')}`
}
