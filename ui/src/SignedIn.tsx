import { useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect } from 'react'
import { ApiError } from '../../src/client/index.ts'
import { useHydra, WhoProvider } from './api/hydra.tsx'
import { LiveProvider } from './live/LiveProvider.tsx'
import { Fault, Loading } from './parts/States.tsx'
import { fetchScreen, router } from './router.tsx'
import type { Session } from './session/session.ts'

/** The page, once it is known who looks at it. */
export function SignedIn({ session }: { readonly session: Session }) {
  const hydra = useHydra()
  // The screen's programs are on their way while the server is asked who this is.
  useEffect(fetchScreen, [])
  const { data, error, refetch } = useQuery({
    queryKey: ['whoami'],
    queryFn: () => hydra.whoami(),
    staleTime: Number.POSITIVE_INFINITY,
    retryDelay: 1000,
    // A server that is away comes back; a refusal stays one.
    retry: (_count, error) => !(error instanceof ApiError && error.status < 500),
  })
  if (data === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  return (
    <WhoProvider value={data}>
      <LiveProvider session={session}>
        <RouterProvider router={router} />
      </LiveProvider>
    </WhoProvider>
  )
}
