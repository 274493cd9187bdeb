import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useHydra, useWho } from '../api/hydra.tsx'
import { chooseDomain, useSessionState } from '../session/session.ts'

/** The domain that is looked at: an admin's choice, else the token's own. */
export function DomainSwitch() {
  const hydra = useHydra()
  const who = useWho()
  const router = useRouter()
  const { session } = useSessionState()
  const chosen = session?.domain ?? null
  const isAdmin = who.role === 'admin'
  const { data = [] } = useQuery({
    queryKey: ['domains'],
    queryFn: () => hydra.domains.list({ domain: null }),
    enabled: isAdmin,
  })
  if (!isAdmin) return <strong title="The domain of your token">{who.domain}</strong>
  const names = [...new Set([...data.map(({ domain }) => domain), ...(chosen === null ? [] : [chosen])])]
  return (
    <NativeSelect
      aria-label="Domain"
      size="xs"
      value={chosen ?? ''}
      data={[{ value: '', label: 'All domains' }, ...names]}
      onChange={({ currentTarget }) => {
        chooseDomain(currentTarget.value || null)
        // What is open belongs to the other domain.
        void router.navigate({ to: router.state.location.pathname.startsWith('/runs') ? '/runs' : '/jobs' })
      }}
    />
  )
}
