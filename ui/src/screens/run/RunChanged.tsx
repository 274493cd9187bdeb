import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { changedFields, fieldName, valueText } from '../../parts/run-changes.ts'
import classes from './RunScreen.module.css'

/** What this run alone has otherwise than its job. */
export function RunChanged({ run }: { readonly run: RunWithAttempts }) {
  const changed = changedFields(run.changes)
  if (changed.length === 0) return null
  return (
    <details className={classes.changes}>
      <summary>Otherwise than its job: {changed.map(({ path }) => fieldName(path)).join(', ')}</summary>
      <dl>
        {changed.map(({ path, value }) => (
          <div key={path}>
            <dt>{fieldName(path)}</dt>
            <dd className="mono">{valueText(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
