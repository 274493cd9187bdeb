import { useNavigate, useSearch } from '@tanstack/react-router'
import { Screen } from '../../parts/Screen.tsx'
import { Tabs } from '../../parts/Tabs.tsx'
import { DeadLetters } from './DeadLetters.tsx'
import { WaitingRuns } from './WaitingRuns.tsx'

/** What waits and why, and what failed for good. */
export function QueueScreen() {
  const { tab = 'waiting' } = useSearch({ from: '/queue' })
  const navigate = useNavigate({ from: '/queue' })
  return (
    <Screen title="Queue" named={tab === 'dead' ? 'Dead letters' : 'Queue'}>
      <Tabs
        label="Parts of the queue"
        tabs={tabs}
        chosen={tab}
        onChoose={(next) => void navigate({ search: { tab: next } })}
      >
        {tab === 'dead' ? <DeadLetters /> : <WaitingRuns />}
      </Tabs>
    </Screen>
  )
}

const tabs = [
  { name: 'waiting', label: 'Waiting' },
  { name: 'dead', label: 'Dead letters' },
] as const
