import { number } from '../../parts/format.ts'
import { Since } from '../../parts/Time.tsx'
import { type Cause, isPassing } from './causes.ts'
import classes from './QueueScreen.module.css'

/** Why things wait, by queue: each narrows the list to what waits so. */
export function Causes({
  causes,
  chosen,
  onChoose,
}: {
  readonly causes: readonly Cause[]
  readonly chosen: string | undefined
  readonly onChoose: (reason: string | undefined) => void
}) {
  return (
    <ul className={classes.causes} aria-label="Causes">
      {causes.map((cause) => (
        <li key={JSON.stringify([cause.queue, cause.reason])}>
          <button
            type="button"
            aria-pressed={chosen === cause.reason}
            data-tone={isPassing(cause) ? 'idle' : 'warn'}
            onClick={() => onChoose(chosen === cause.reason ? undefined : cause.reason)}
          >
            <strong className="number">{number(cause.count)}</strong>
            <span className={classes.queue}>{cause.queue}</span>
            <span className={classes.reason}>{cause.reason}</span>
            <span className="dim">
              the oldest for <Since at={cause.since} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
