import { Button } from '@mantine/core'
import { type Icon, IconPlayerPause, IconPlayerPlay, IconTransferOut } from '@tabler/icons-react'
import type { WorkerDocument, WorkerState } from '../../../../src/client/index.ts'
import { useMayWrite } from '../../api/hydra.tsx'
import { useSetState } from './use-set-state.ts'

/** Drain, disable, enable: those that would change something. What runs goes on in each. */
export function WorkerActs({
  worker,
  variant = 'default',
}: {
  readonly worker: WorkerDocument
  readonly variant?: 'default' | 'subtle'
}) {
  const set = useSetState(worker)
  if (!useMayWrite() || worker.state === 'incompatible') return null
  return acts
    .filter(({ state }) => state !== worker.state)
    .map(({ state, label, icon: Shape, hint }) => (
      <Button
        key={state}
        size="compact-xs"
        variant={variant}
        title={hint}
        aria-label={`${label} ${worker.worker_id}`}
        leftSection={<Shape size={13} aria-hidden />}
        disabled={set.isPending}
        onClick={() => set.mutate(state)}
      >
        {label}
      </Button>
    ))
}

const acts = [
  { state: 'online', label: 'Enable', icon: IconPlayerPlay, hint: 'It takes new work.' },
  {
    state: 'draining',
    label: 'Drain',
    icon: IconTransferOut,
    hint: 'It takes no new work, and shows what is left: before it is stopped or updated.',
  },
  { state: 'disabled', label: 'Disable', icon: IconPlayerPause, hint: 'It takes no new work until it is enabled.' },
] as const satisfies readonly {
  readonly state: WorkerState
  readonly label: string
  readonly icon: Icon
  readonly hint: string
}[]
