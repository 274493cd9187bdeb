import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { DomainDocument } from '../../../../src/client/index.ts'
import { useHydra, useWho } from '../../api/hydra.tsx'
import { useSessionState } from '../../session/session.ts'

/** Every domain, whichever is looked at. Not allowed but for the admin. */
export function useDomains(): UseQueryResult<readonly DomainDocument[]> {
  const hydra = useHydra()
  return useQuery({ queryKey: ['domains'], queryFn: () => hydra.domains.list({ domain: null }) })
}

/** The domain that is looked at, or where an admin creates. */
export function useUsualDomain(): string {
  const { domain, default_domain } = useWho()
  const { session } = useSessionState()
  return domain ?? session?.domain ?? default_domain
}
