import {
  type Icon,
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClock,
  IconClockExclamation,
  IconPlayerPlay,
  IconRefresh,
  IconSend,
  IconX,
} from '@tabler/icons-react'
import type { RunStatus } from '../../../src/client/index.ts'
import classes from './Status.module.css'

export type Tone = 'good' | 'bad' | 'warn' | 'live' | 'idle'

interface Shown {
  readonly label: string
  readonly tone: Tone
  readonly icon: Icon
}

/** How each state of a run is shown: by word and icon, never by colour alone. */
export const statuses = {
  pending: { label: 'Pending', tone: 'idle', icon: IconClock },
  dispatched: { label: 'Dispatched', tone: 'live', icon: IconSend },
  running: { label: 'Running', tone: 'live', icon: IconPlayerPlay },
  retrying: { label: 'Retrying', tone: 'warn', icon: IconRefresh },
  success: { label: 'Success', tone: 'good', icon: IconCheck },
  failed: { label: 'Failed', tone: 'bad', icon: IconX },
  timed_out: { label: 'Timed out', tone: 'bad', icon: IconClockExclamation },
  cancelled: { label: 'Cancelled', tone: 'idle', icon: IconBan },
} satisfies Record<RunStatus, Shown>

/** The state of a run. @param cancelling whether its end was asked for */
export function Status({ status, cancelling = false }: { readonly status: RunStatus; readonly cancelling?: boolean }) {
  if (cancelling) return <Mark tone="warn" icon={IconBan} label="Cancelling…" />
  const { label, tone, icon } = statuses[status]
  return <Mark tone={tone} icon={icon} label={label} />
}

/** A state in a word, with an icon. */
export function Mark({
  tone,
  icon: Shape = IconAlertTriangle,
  label,
}: Partial<Shown> & { readonly tone: Tone; readonly label: string }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <Shape size={14} stroke={2.2} aria-hidden />
      {label}
    </span>
  )
}
