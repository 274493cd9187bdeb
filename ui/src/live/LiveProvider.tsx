import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { IdentifiedEvent } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import type { Session } from '../session/session.ts'
import { EventHistory } from './event-history.ts'
import { Feed, type FeedState } from './feed.ts'
import { refreshOnEvents } from './refresh.ts'

const Live = createContext<Feed | null>(null)
const History = createContext<EventHistory | null>(null)

/** Keeps what is shown fresh: events tell which of the cached answers have changed. */
export function LiveProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const { token, domain } = session
  const [live, setLive] = useState<{ readonly feed: Feed; readonly history: EventHistory } | null>(null)
  useEffect(() => {
    // New ones for each life of the component: a feed that was stopped is over.
    // Who is refused is asked who they are, and signed out by the answer.
    const refused = (): void => void queries.invalidateQueries({ queryKey: ['whoami'] })
    const feed = new Feed(hydra, nameOf(`${token}\n${domain ?? ''}`), refused)
    const history = new EventHistory()
    const stop = refreshOnEvents(feed, queries)
    const stopHistory = history.listen(feed)
    setLive({ feed, history })
    feed.start()
    return () => {
      stop()
      stopHistory()
      feed.stop()
    }
  }, [hydra, queries, token, domain])
  if (live === null) return null
  return (
    <Live value={live.feed}>
      <History value={live.history}>{children}</History>
    </Live>
  )
}

function useFeed(): Feed {
  const feed = useContext(Live)
  if (feed === null) throw new Error('No events: LiveProvider is missing.')
  return feed
}

/** Calls back for each event, as long as the component lives. The callback must be stable. */
export function useEvents(listener: (event: IdentifiedEvent) => void): void {
  const feed = useFeed()
  useEffect(() => feed.onEvent(listener), [feed, listener])
}

/** What happened since the page was opened, oldest first. */
export function useEventHistory(): readonly IdentifiedEvent[] {
  const history = useContext(History)
  if (history === null) throw new Error('No events: LiveProvider is missing.')
  return useSyncExternalStore(history.subscribe, history.events)
}

/** How the stream stands. */
export function useFeedState(): FeedState {
  const feed = useFeed()
  return useSyncExternalStore(
    (tell) => feed.onState(tell),
    () => feed.state,
  )
}

/** A name for tabs with the same token to meet under, which does not tell the token (FNV-1a; a page without TLS has no SHA). */
function nameOf(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const char of text) hash = BigInt.asUintN(64, (hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x100000001b3n)
  return hash.toString(36)
}
