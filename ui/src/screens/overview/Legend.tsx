import { Link } from '@tanstack/react-router'
import type { StatsDocument } from '../../../../src/client/index.ts'
import { number } from '../../parts/format.ts'
import { outcomes } from './bars.ts'
import classes from './OverviewScreen.module.css'

/** What the colours are, and how many runs each stands for; each number leads to the list that it counts. */
export function Legend({
  stats,
  planned,
  span,
}: {
  readonly stats: StatsDocument
  readonly planned: number | null
  readonly span: { readonly since: string; readonly until: string }
}) {
  return (
    <ul className={classes.legend} aria-label="Outcomes">
      {outcomes.map(({ name, label, tone }) => {
        const count = stats.buckets.reduce((sum, bucket) => sum + bucket[name], 0)
        return (
          <li key={name} data-tone={tone}>
            <Link to="/runs" search={{ status: [name], ...span }} className={classes.count}>
              {label} <span className="number">{number(count)}</span>
            </Link>
          </li>
        )
      })}
      {planned !== null && (
        <li data-tone="live" className={classes.planned}>
          <Link
            to="/jobs"
            search={{ enabled: true, sort: 'next_run_at' }}
            className={classes.count}
            title="The jobs whose runs these are, soonest first"
          >
            Planned <span className="number">{number(planned)}</span>
          </Link>
        </li>
      )}
    </ul>
  )
}
