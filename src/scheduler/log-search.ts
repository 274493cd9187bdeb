import type { LogHit, LogQuery } from '../model/log.ts'
import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { LogName, LogStore, SearchedRuns, SearchSlice, SearchState } from '../ports/log-store.ts'
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
const runsAtOnce = 500

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
      // Most runs have no hit, and many no log: what they are is read of those that have one.
      const ids = await store.runs.ids(all, { limit: runsAtOnce, after, oldestFirst: false })
      let below: number | null = null
      for (let left = ids; left.length > 0; ) {
        const [some, from]: [readonly string[], number | null] = [left, below]
        const { passed, attempt, slice }: SearchedRuns = await seat.turn(() => {
          signal.throwIfAborted()
          return store.logs.searchNext(some, from, query, most)
        })
        left = left.slice(passed)
        below = attempt
        const [run_id] = left
        if (slice === null || attempt === null || run_id === undefined) continue
        const { hits } = await searchRun(store.logs, seat, { run_id, attempt }, query, wanted, signal, slice)
        const told = hits.slice(0, perAttempt)
        const last = hits.length > perAttempt ? told.at(-1) : undefined
        const run = told.length > 0 ? await store.runs.get(run_id) : null
        if (run !== null) yield told.map((hit) => ({ run, attempt, hit, more: hit === last }))
      }
      after = ids.at(-1) ?? null
      if (after === null || ids.length < runsAtOnce) return
    }
  } finally {
    seat.leave()
  }
}
