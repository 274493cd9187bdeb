import { useNavigate, useSearch } from '@tanstack/react-router'
import { useWho } from '../../api/hydra.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Tabs } from '../../parts/Tabs.tsx'
import { Audit } from './Audit.tsx'
import { Domains } from './Domains.tsx'
import { Tokens } from './Tokens.tsx'

/** Domains and tokens, for the admin; who changed what, for everybody of a domain. */
export function AdminScreen() {
  const { role } = useWho()
  const { tab = role === 'admin' ? 'domains' : 'audit' } = useSearch({ from: '/admin' })
  const navigate = useNavigate({ from: '/admin' })
  return (
    <Screen title="Admin" named={tabs.find(({ name }) => name === tab)?.label}>
      <Tabs
        label="Parts of the administration"
        tabs={tabs}
        chosen={tab}
        onChoose={(next) => void navigate({ search: { tab: next } })}
      >
        {tab === 'domains' && <Domains />}
        {tab === 'tokens' && <Tokens />}
        {tab === 'audit' && <Audit />}
      </Tabs>
    </Screen>
  )
}

const tabs = [
  { name: 'domains', label: 'Domains' },
  { name: 'tokens', label: 'Tokens' },
  { name: 'audit', label: 'Audit trail' },
] as const
