import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { ApiError, HydraClient, type WhoamiDocument } from '../../../src/client/index.ts'
import { type Session, signOut } from '../session/session.ts'
import { server } from './server.ts'

const Client = createContext<HydraClient | null>(null)
const Who = createContext<WhoamiDocument | null>(null)

/** Gives the client and the cache of one token in one domain; with another of either, nothing of these is left. */
export function HydraProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const { token, domain } = session
  const { hydra, queries } = useMemo(
    () => ({ hydra: new HydraClient({ server, token, domain, retries: 1 }), queries: openCache() }),
    [token, domain],
  )
  return (
    <Client value={hydra}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </Client>
  )
}

function openCache(): QueryClient {
  const ended = (error: Error): void => {
    if (error instanceof ApiError && error.status === 401) signOut('Your token has ended. Sign in with another.')
  }
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        // Events tell when something changed; what is older is looked at again when it is shown.
        staleTime: 10_000,
        retry: (count, error) => !(error instanceof ApiError) && count < 2,
        refetchOnWindowFocus: true,
      },
    },
  })
  queries.getQueryCache().config.onError = ended
  queries.getMutationCache().config.onError = ended
  return queries
}

export function useHydra(): HydraClient {
  const hydra = useContext(Client)
  if (hydra === null) throw new Error('No client: HydraProvider is missing.')
  return hydra
}

export const WhoProvider = Who.Provider

/** Who is signed in. */
export function useWho(): WhoamiDocument {
  const who = useContext(Who)
  if (who === null) throw new Error('Nobody is signed in: WhoProvider is missing.')
  return who
}

/** Whether who is signed in may change things. */
export const useMayWrite = (): boolean => {
  const { role } = useWho()
  return role === 'admin' || role === 'domain'
}
