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
  const ended: QueryKey[] = type === 'run_finished' ? [['stats'], ['marks']] : []
  return [...ofJob, ['run', run_id], ['queue'], ['running'], ['workers'], ['health'], ...ended]
}

/**
 * Marks as old what events speak of, and fetches it anew where it is shown: at most once in `pause`, and not at all while the
 * tab is hidden. @returns how to stop
 */
export function refreshOnEvents(feed: Feed, queries: QueryClient): () => void {
  const stale = new Map<string, QueryKey>()
  let timer: ReturnType<typeof setTimeout> | null = null
  const flush = (): void => {
    timer = null
    if (document.hidden) return
    const keys = [...stale.values()]
    stale.clear()
    for (const queryKey of keys) void queries.invalidateQueries({ queryKey })
  }
  const soon = (): void => {
    timer ??= setTimeout(flush, pause)
  }
  const everything = (): void => void queries.invalidateQueries()
  const stops = [
    feed.onEvent((event) => {
      if (event.type === 'reset') return everything()
      for (const key of staleAfter(event)) stale.set(JSON.stringify(key), key)
      soon()
    }),
    feed.onState(() => feed.state.status === 'live' && soon()),
  ]
  const shown = (): void => {
    if (!document.hidden) soon()
  }
  document.addEventListener('visibilitychange', shown)
  return () => {
    for (const stop of stops) stop()
    if (timer !== null) clearTimeout(timer)
    document.removeEventListener('visibilitychange', shown)
  }
}
