import { type ReactNode, useEffect } from 'react'
import classes from './Screen.module.css'

/** A screen's head: what it is, and what can be done. */
export function Screen({
  title,
  named = title,
  actions,
  children,
}: {
  readonly title: ReactNode
  /** The title of the browser's tab. */
  readonly named?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  useEffect(() => {
    document.title = typeof named === 'string' ? `${named} · hydra-jobs` : 'hydra-jobs'
  }, [named])
  return (
    <>
      <div className={classes.head}>
        <h1>{title}</h1>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </>
  )
}

/** A row of filters. */
export function Filters({ children }: { readonly children: ReactNode }) {
  return <div className={classes.filters}>{children}</div>
}
