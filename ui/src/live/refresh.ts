import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { IdentifiedEvent } from '../../../src/client/index.ts'
import type { Feed } from './feed.ts'

/** What changed is fetched this long after the first event of a burst. ms */
const pause = 400

/** The cached answers that an event makes old, by the beginning of their keys. Lists that grow look after themselves. Pure. */
export function staleAfter({ type, payload }: Pick<IdentifiedEvent, 'type' | 'payload'>): readonly QueryKey[] {
  const { job_id, run_id, worker_id } = payload
  if (type.startsWith('worker_')) return [['workers'], ['worker', worker_id], ['queue'], ['health']]
  const ofJob: QueryKey[] = job_id === undefined ? [] : [['job', job_id]]
  if (run_id === undefined) return [...ofJob, ['queue'], ['jobs-count']]
  const ended: QueryKey[] = type === 'run_finished' ? [['stats'], ['failures']] : []
  return [...ofJob, ['marks', job_id], ['run', run_id], ['queue'], ['running'], ['workers'], ['health'], ...ended]
}

/** Answers that add up many runs: dear, and a little late is soon enough. */
const dear: ReadonlySet<unknown> = new Set(['stats', 'failures'])
const dearPause = 5000

/** Fetches what became old anew where it is shown, at most once in a while, and not at all while the tab is hidden. */
class Stale {
  readonly #queries: QueryClient
  readonly #pause: number
  readonly #keys = new Map<string, QueryKey>()
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(queries: QueryClient, pauseMs: number) {
    this.#queries = queries
    this.#pause = pauseMs
  }

  add(key: QueryKey): void {
    this.#keys.set(JSON.stringify(key), key)
    this.soon()
  }

  soon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), this.#pause)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = null
    if (document.hidden) return
    const keys = [...this.#keys.values()]
    this.#keys.clear()
    for (const queryKey of keys) void this.#queries.invalidateQueries({ queryKey })
  }
}

/** Marks as old what events speak of, and everything after a gap. @returns how to stop */
export function refreshOnEvents(feed: Feed, queries: QueryClient): () => void {
  const [quick, slow] = [new Stale(queries, pause), new Stale(queries, dearPause)]
  const stop = feed.onEvent((event) => {
    if (event.type === 'reset') return void queries.invalidateQueries()
    for (const key of staleAfter(event)) (dear.has(key[0]) ? slow : quick).add(key)
  })
  const shown = (): void => {
    if (document.hidden) return
    quick.soon()
    slow.soon()
  }
  document.addEventListener('visibilitychange', shown)
  return () => {
    stop()
    quick.stop()
    slow.stop()
    document.removeEventListener('visibilitychange', shown)
  }
}
