import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { IdentifiedEvent } from '../../../src/client/index.ts'
import { useHydra } from '../api/hydra.tsx'
import type { Session } from '../session/session.ts'
import { Feed, type FeedState } from './feed.ts'
import { refreshOnEvents } from './refresh.ts'

const Live = createContext<Feed | null>(null)

/** Keeps what is shown fresh: events tell which of the cached answers have changed. */
export function LiveProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const { token, domain } = session
  const feed = useMemo(() => new Feed(hydra, nameOf(`${token}\n${domain ?? ''}`)), [hydra, token, domain])
  useEffect(() => {
    const stop = refreshOnEvents(feed, queries)
    feed.start()
    return () => {
      stop()
      feed.stop()
    }
  }, [feed, queries])
  return <Live value={feed}>{children}</Live>
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
