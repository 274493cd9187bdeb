import type { LogHit, LogQuery } from '../model/log.ts'
import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { LogName, LogStore, SearchSlice, SearchState } from '../ports/log-store.ts'
import type { Store } from '../ports/store.ts'
import type { Seat } from './fair-turns.ts'

/** How long one turn of a search lasts, ms: what another domain waits for at most. */
const slice = 25
/** Characters of text in one answer, about. */
const enoughText = 1024 * 1024

export interface Wanted {
  /** The line to begin with. */
  readonly from: number
  /** Lines that are shown. */
  readonly hits: number
  /** Whether to go on counting when these are found. */
  readonly count: boolean
  readonly ms: number
}

export interface Found {
  readonly hits: readonly LogHit[]
  /** Matching lines from the first line searched to the last one. */
  readonly total: number
  readonly searched_to: number
  readonly total_lines: number
  /** The line to go on from; null: all hits are told. */
  readonly next: number | null
}

/**
 * Searches one attempt's log slice by slice, each in a turn of its own, until it is through, has what is wanted, or its
 * time is over; but never ends within a line. @param begun its first slice, where that was searched already
 */
export async function searchRun(
  logs: Pick<LogStore, 'search'>,
  seat: Seat,
  log: LogName,
  query: LogQuery,
  wanted: Wanted,
  signal: AbortSignal,
  begun: SearchSlice | null = null,
): Promise<Found> {
  const hits: LogHit[] = []
  let [total, text, over] = [0, 0, false]
  let [searched_to, total_lines] = [0, 0]
  let at: number | SearchState = wanted.from
  let until: number | null = null
  const isFull = (): boolean => hits.length >= wanted.hits || text >= enoughText
  while (!over) {
    const left = isFull() ? 0 : wanted.hits - hits.length
    const from: number | SearchState = at
    const most = { ms: slice, hits: left, text: enoughText - text, enough: !wanted.count }
    const first = from === wanted.from ? begun : null
    const found: SearchSlice =
      first ??
      (await seat.turn(() => {
        signal.throwIfAborted()
        // Waiting for the first turn is no part of its time.
        until ??= performance.now() + wanted.ms
        return logs.search(log, query, from, most)
      }))
    for (const hit of found.hits) text += hit.text.length
    hits.push(...found.hits)
    total += found.matched
    over = found.over
    searched_to = found.reached
    total_lines = found.lines
    at = found.state
    if (
      found.state.walk.rest === null &&
      ((isFull() && !wanted.count) || performance.now() >= (until ?? Number.POSITIVE_INFINITY))
    )
      break
  }
  const last = hits.at(-1)
  const isCut = isFull() && last !== undefined && (!over || total > hits.length)
  if (isCut && !wanted.count) searched_to = last.n
  return { hits, total, searched_to, total_lines, next: isCut ? last.n + 1 : over ? null : searched_to + 1 }
}

/** Which runs are searched, and how many hits of each attempt are told. */
export interface Among {
  readonly job_id: string | null
  /** By creation: from `since` on, before `until`. */
  readonly since: Millis | null
  readonly until: Millis | null
  readonly perAttempt: number
}

/** A hit among many runs. `more`: the last of this attempt's hits that is told, and there are others. */
export interface RunHit {
  readonly run: Run
  readonly attempt: number
  readonly hit: LogHit
  readonly more: boolean
}

/** Runs whose logs are searched before the next ones are listed. */
const runsAtOnce = 200

/** Hits of many runs, newest run first, newest attempt first; leaves the seat when it ends. */
export async function* hitsOfRuns(
  store: Pick<Store, 'logs' | 'runs'>,
  seat: Seat,
  domain: string | null,
  query: LogQuery,
  { perAttempt, ...filter }: Among,
  signal: AbortSignal,
): AsyncGenerator<readonly RunHit[]> {
  const all = { ...filter, domain, status: null, worker_id: null, user: null, q: null }
  const wanted: Wanted = { from: 1, hits: perAttempt + 1, count: false, ms: Number.POSITIVE_INFINITY }
  const most = { ms: slice, hits: wanted.hits, text: enoughText, enough: true }
  try {
    for (let after: string | null = null; ; ) {
      const page = await store.runs.list(all, { limit: runsAtOnce, after, oldestFirst: false }, 0)
      for (let left = page.flatMap(attemptsOf); left.length > 0; ) {
        const names = left.map(({ run, attempt }) => ({ run_id: run._id, attempt }))
        const { passed, slice: begun } = await seat.turn(() => {
          signal.throwIfAborted()
          return store.logs.searchNext(names, query, most)
        })
        const [of, name] = [left[passed], names[passed]]
        left = left.slice(passed + (begun === null ? 0 : 1))
        if (begun === null || of === undefined || name === undefined) continue
        const { hits } = await searchRun(store.logs, seat, name, query, wanted, signal, begun)
        const told = hits.slice(0, perAttempt)
        const last = hits.length > perAttempt ? told.at(-1) : undefined
        if (told.length > 0) yield told.map((hit) => ({ ...of, hit, more: hit === last }))
      }
      after = page.at(-1)?.run._id ?? null
      if (after === null || page.length < runsAtOnce) return
    }
  } finally {
    seat.leave()
  }
}

/** A run's attempts, newest first. */
const attemptsOf = ({ run }: { readonly run: Run }): readonly { readonly run: Run; readonly attempt: number }[] =>
  Array.from({ length: run.attempt }, (_, before) => ({ run, attempt: run.attempt - before }))
