import {
  type Icon,
  IconAlertTriangle,
  IconCheck,
  IconPlayerPause,
  IconPlugConnectedX,
  IconTransferOut,
} from '@tabler/icons-react'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import type { Tone } from '../../parts/Status.tsx'
import type { WorkerCondition } from './worker-condition.ts'

/** How each condition is shown: by word and icon, never by colour alone. */
export const conditions = {
  online: { label: 'Online', tone: 'good', icon: IconCheck },
  draining: { label: 'Draining', tone: 'warn', icon: IconTransferOut },
  disabled: { label: 'Disabled', tone: 'idle', icon: IconPlayerPause },
  offline: { label: 'Offline', tone: 'bad', icon: IconPlugConnectedX },
  incompatible: { label: 'Incompatible', tone: 'warn', icon: IconAlertTriangle },
} satisfies Record<WorkerCondition, { readonly label: string; readonly tone: Tone; readonly icon: Icon }>

type Standing = Pick<WorkerDocument, 'state' | 'status' | 'current_running'>

/** Pure. A worker that is away is so whatever it was told. */
export const conditionOf = ({ state, status }: Pick<Standing, 'state' | 'status'>): WorkerCondition =>
  status === 'offline' ? 'offline' : state

/** The condition in words; a drain says what is left of it. Pure. */
export function conditionWords(worker: Standing): string {
  const condition = conditionOf(worker)
  const left = worker.current_running
  if (condition === 'draining') return left === 0 ? 'Drained' : `Draining, ${left} left`
  if (condition === 'disabled' && left > 0) return `Disabled, ${left} left`
  return conditions[condition].label
}
