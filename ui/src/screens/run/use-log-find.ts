import { useQuery } from '@tanstack/react-query'
import type { RunWithAttempts, StreamName } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import type { LogBook } from './log-book.ts'
import { searchWhole } from './search-whole.ts'

/** What in a log counts as an error, for who wants to see the first. RE2, without regard to case. */
export const errorPattern = String.raw`\b(error|exception|fatal|panic|traceback|failed|failure|cannot|denied)\b`

/** Lines whose numbers are fetched; their count is of all. */
const most = 1000

/** The same each time, so that what is made of it stays, too. */
const noLines: readonly number[] = []

export interface Hits {
  /** The numbers of the lines that match, in order. */
  readonly lines: readonly number[]
  /** All lines that match, also beyond those. */
  readonly total: number
  readonly error: Error | null
  readonly isLoading: boolean
}

/**
 * Looks through the whole log of an attempt, by the server; again while it grows.
 * @param find empty: nothing @param stream null: both
 */
export function useLogFind(
  runId: string,
  book: LogBook,
  find: string,
  regex: boolean,
  stream: StreamName | null = null,
): Hits {
  const hydra = useHydra()
  const { data, error, isFetching } = useQuery({
    queryKey: ['log-find', runId, book.attempt, find, regex, stream],
    enabled: find !== '' && book.attempt > 0,
    queryFn: ({ signal }) =>
      searchWhole(({ from, limit }) => {
        const part = { attempt: book.attempt, from, limit, ...(stream !== null && { stream }) }
        return hydra.logs.search(runId, { q: find, regex, ...part }, signal)
      }, most),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: book.complete ? false : 2000,
    retry: false,
  })
  if (find === '') return { lines: noLines, total: 0, error: null, isLoading: false }
  return { lines: data?.lines ?? noLines, total: data?.total ?? 0, error, isLoading: isFetching && !data }
}

/** The lines of a failed run that tell of errors; of others none are looked for. */
export function useErrorLines(
  run: RunWithAttempts,
  book: LogBook,
  stream: StreamName | null,
): readonly number[] | null {
  const isFailed = run.status === 'failed' || run.status === 'timed_out'
  const { lines, isLoading } = useLogFind(run._id, book, isFailed && book.complete ? errorPattern : '', true, stream)
  return isLoading ? null : lines
}

/** The next of some lines after one, or before it; round at the ends. Pure. */
export function nextLine(lines: readonly number[], from: number, direction: 1 | -1): number | null {
  const ahead = direction === 1 ? lines.find((n) => n > from) : lines.findLast((n) => n < from)
  return ahead ?? lines.at(direction === 1 ? 0 : -1) ?? null
}
