import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { ApiError, type HydraClient } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { LogBook, pageLength } from './log-book.ts'

export interface Log {
  readonly book: LogBook
  /** The newest lines are there: what is to be shown first. */
  readonly isOpen: boolean
  readonly error: Error | null
  /** Fetches what of these lines is not there. */
  readonly want: (from: number, to: number) => void
}

/** The end of a log is fetched first, and it is what most look at. */
const tail = pageLength

/** After an error it is begun anew. ms */
const restart = 1000

/**
 * An attempt's log: its end at once, everything before it where it is looked at, and what comes, as it comes.
 * @param attempt null: the newest, and the next one when that begins
 */
export function useLog(runId: string, attempt: number | null): Log {
  const hydra = useHydra()
  const [newest, setNewest] = useState<number | null>(null)
  const shown = attempt ?? newest ?? 0
  const book = useMemo(() => new LogBook(shown), [shown])
  useSyncExternalStore(book.subscribe, () => book.version)
  const [state, setState] = useState<{ readonly of: LogBook | null; readonly error: Error | null }>({
    of: null,
    error: null,
  })

  useEffect(() => {
    const end = new AbortController()
    const told = (error: unknown): void => {
      if (!end.signal.aborted) setState({ of: book, error: error instanceof Error ? error : new Error(String(error)) })
    }
    const opened = (): void => setState({ of: book, error: null })
    const reader = { hydra, runId, book, attempt, signal: end.signal, onAttempt: setNewest, opened }
    void readOn(reader, told)
    return () => end.abort()
  }, [hydra, runId, book, attempt])

  const want = useWant(hydra, runId, book)
  return { book, isOpen: state.of === book, error: state.of === book ? state.error : null, want }
}

interface Reader {
  readonly hydra: HydraClient
  readonly runId: string
  readonly book: LogBook
  readonly attempt: number | null
  readonly signal: AbortSignal
  readonly onAttempt: (attempt: number) => void
  readonly opened: () => void
}

/** Reads until the attempt is over; the client goes on by itself over lost connections. */
async function readOn(reader: Reader, told: (error: unknown) => void): Promise<void> {
  const { signal } = reader
  for (;;) {
    try {
      return await readOnce(reader)
    } catch (error) {
      if (signal.aborted) return
      told(error)
      if (error instanceof ApiError && error.status < 500) return
    }
    await new Promise((resolve) => setTimeout(resolve, restart))
  }
}

async function readOnce({ hydra, runId, book, attempt, signal, onAttempt, opened }: Reader): Promise<void> {
  const named = attempt === null ? {} : { attempt }
  const last = await hydra.logs.lines(runId, { ...named, from: -tail, count: tail })
  if (signal.aborted) return
  // The newest attempt is known by now: its own book takes over.
  if (attempt === null && last.attempt !== book.attempt) return onAttempt(last.attempt)
  book.takePage(last)
  opened()
  if (last.complete && attempt !== null) return
  const from = { lastEventId: last.last_event_id, signal }
  for await (const { event, data } of hydra.runs.follow(runId, from)) {
    if (event === 'end') book.end()
    if (event !== 'log_chunk') continue
    if (data.attempt > book.attempt) {
      book.end()
      if (attempt !== null) return
      return onAttempt(data.attempt)
    }
    book.takeChunk(data)
  }
}

/** Pages are fetched once, however often they are wanted. */
function useWant(hydra: HydraClient, runId: string, book: LogBook): Log['want'] {
  const state = useRef({ book, asked: new Set<number>() })
  return useCallback(
    (from, to) => {
      if (state.current.book !== book) state.current = { book, asked: new Set() }
      const { asked } = state.current
      for (const start of book.missing(from, to)) {
        if (asked.has(start)) continue
        asked.add(start)
        void fetchPage(hydra, runId, book, start).finally(() => asked.delete(start))
      }
    },
    [hydra, runId, book],
  )
}

async function fetchPage(hydra: HydraClient, runId: string, book: LogBook, start: number): Promise<void> {
  try {
    // A page of long lines comes in several pieces.
    for (let gap = book.gapIn(start); gap !== null; ) {
      const count = start + pageLength - gap
      book.takePage(await hydra.logs.lines(runId, { attempt: book.attempt, from: gap, count }))
      const next = book.gapIn(start)
      if (next === gap) return
      gap = next
    }
  } catch {
    // It is asked for again when it is looked at again.
  }
}
