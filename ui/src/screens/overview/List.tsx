import type { ReactNode } from 'react'
import { Loading } from '../../parts/States.tsx'
import classes from './OverviewScreen.module.css'

/** A few rows under a heading; what it means where there are none. */
export function List({
  title,
  rows,
  none,
}: {
  readonly title: string
  /** Null while they are fetched. */
  readonly rows: readonly { readonly key: string; readonly row: ReactNode }[] | null
  readonly none: string
}) {
  return (
    <section className={classes.list} aria-label={title}>
      <h2>{title}</h2>
      {rows === null && <Loading rows={4} />}
      {rows?.length === 0 && <p className="dim">{none}</p>}
      {rows !== null && rows.length > 0 && (
        <ul>
          {rows.map(({ key, row }) => (
            <li key={key}>{row}</li>
          ))}
        </ul>
      )}
    </section>
  )
}
