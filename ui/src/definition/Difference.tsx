import { structuredPatch } from 'diff'
import classes from './Difference.module.css'

/** Lines around a change. */
const context = 3

/** Two texts, line by line: what went and what came, and the lines around. */
export function Difference({
  title,
  before,
  after,
}: {
  readonly title: string
  readonly before: string
  readonly after: string
}) {
  const { hunks } = structuredPatch('before', 'after', before, after, undefined, undefined, { context })
  return (
    <figure className={classes.figure}>
      <figcaption>{title}</figcaption>
      {hunks.length === 0 ? (
        <p className="dim">Nothing that a definition holds.</p>
      ) : (
        <pre>
          {hunks.map(({ newStart, oldStart, lines }) => (
            <Hunk key={`${oldStart} ${newStart}`} lines={lines} />
          ))}
        </pre>
      )}
    </figure>
  )
}

function Hunk({ lines }: { readonly lines: readonly string[] }) {
  let place = 0
  return (
    <span className={classes.hunk}>
      {lines.map((line) => {
        place += 1
        return (
          <span key={place} data-kind={line.charAt(0)} className={classes.part}>
            {line}
          </span>
        )
      })}
    </span>
  )
}
