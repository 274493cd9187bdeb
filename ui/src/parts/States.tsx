import { Button } from '@mantine/core'
import { type Icon, IconCloudOff, IconInbox, IconLock, IconSearchOff } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ApiError } from '../../../src/client/index.ts'
import classes from './States.module.css'
import { sentenceOf } from './sentence.ts'

/** Where there is nothing to show: why, and what to do about it. */
function Nothing({
  icon: Shape,
  title,
  children,
  action,
}: {
  readonly icon: Icon
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className={classes.nothing} role="status">
      <Shape size={36} stroke={1.4} aria-hidden />
      <h2>{title}</h2>
      {children !== undefined && <div className={classes.text}>{children}</div>}
      {action}
    </div>
  )
}

/** There is none yet: says what it is, and how to get one. */
export function Empty({
  title,
  children,
  action,
}: {
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <Nothing icon={IconInbox} title={title} action={action}>
      {children}
    </Nothing>
  )
}

/** There are some, but none that fits. */
export function NoMatch({ what, onClear }: { readonly what: string; readonly onClear: () => void }) {
  return (
    <Nothing
      icon={IconSearchOff}
      title={`No ${what} match`}
      action={
        <Button variant="default" onClick={onClear}>
          Clear the filters
        </Button>
      }
    >
      Other filters may show some.
    </Nothing>
  )
}

/** It cannot be shown: not allowed, not there, or the server is away. */
export function Fault({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const retry = onRetry && (
    <Button variant="default" onClick={onRetry}>
      Try again
    </Button>
  )
  if (!(error instanceof ApiError))
    return (
      <Nothing icon={IconCloudOff} title="The server is away" action={retry}>
        {sentenceOf(error)}
      </Nothing>
    )
  if (error.status === 403)
    return (
      <Nothing icon={IconLock} title="Not allowed">
        {error.detail} Sign in with a token that may.
      </Nothing>
    )
  if (error.status === 404)
    return (
      <Nothing icon={IconSearchOff} title="Not found">
        {error.detail} It may have been deleted, or be in another domain.
      </Nothing>
    )
  return (
    <Nothing icon={IconCloudOff} title="That did not work" action={retry}>
      {error.detail}
    </Nothing>
  )
}

/** Rows that are on their way. */
export function Loading({ rows = 8, label = 'Loading' }: { readonly rows?: number; readonly label?: string }) {
  return (
    <div className={classes.loading} role="status" aria-label={label}>
      {placeholders.slice(0, rows).map((name) => (
        <div key={name} />
      ))}
    </div>
  )
}

const placeholders = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'] as const
