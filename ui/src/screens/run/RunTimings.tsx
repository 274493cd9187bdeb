import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { duration } from '../../parts/format.ts'
import { useNow } from '../../parts/now.ts'
import classes from './RunScreen.module.css'
import { spansOf } from './timings.ts'

/** From due to done as a bar: how long it waited, and how long each attempt took. */
export function RunTimings({ run }: { readonly run: RunWithAttempts }) {
  const spans = spansOf(run, useNow())
  const whole = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  if (whole <= 0) return null
  return (
    <div className={classes.timings}>
      <div className={classes.bar} aria-hidden>
        {spans.map(({ name, from, to, tone }) => (
          <i
            key={`${name} ${from}`}
            data-tone={tone}
            title={`${name}: ${duration((to - from) / 1000)}`}
            style={{ flexGrow: to - from }}
          />
        ))}
      </div>
      <ol aria-label="Timings, from due to done">
        {spans.map(({ name, from, to, tone }) => (
          <li key={`${name} ${from}`} data-tone={tone}>
            {name} <strong className="number">{duration((to - from) / 1000)}</strong>
          </li>
        ))}
      </ol>
    </div>
  )
}
