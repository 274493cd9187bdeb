import { useCallback, useMemo, useState } from 'react'
import type { IdentifiedEvent } from '../../../../src/client/index.ts'
import { useEventHistory } from '../../live/LiveProvider.tsx'
import { type EventFilter, eventsThatFit } from './events-that-fit.ts'

export interface EventLog {
  /** Newest first. */
  readonly rows: readonly IdentifiedEvent[]
  /** That came and fit since it was paused. */
  readonly fresh: number
  readonly isPaused: boolean
  readonly pause: () => void
  readonly resume: () => void
}

/** What happened since this page was opened, as far as it fits. Paused, it stands still, and what comes is counted. */
export function useEventLog(filter: EventFilter): EventLog {
  const history = useEventHistory()
  const [held, setHeld] = useState<readonly IdentifiedEvent[] | null>(null)
  const all = useMemo(() => eventsThatFit(history, filter), [history, filter])
  const shown = useMemo(() => (held === null ? all : eventsThatFit(held, filter)), [held, all, filter])
  const last = shown[0]?.id
  const place = held === null ? 0 : all.findIndex(({ id }) => id === last)
  return {
    rows: shown,
    fresh: place < 0 ? all.length : place,
    isPaused: held !== null,
    pause: useCallback(() => setHeld((before) => before ?? history), [history]),
    resume: useCallback(() => setHeld(null), []),
  }
}
