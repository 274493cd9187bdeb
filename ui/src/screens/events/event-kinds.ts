import {
  type Icon,
  IconArrowBackUp,
  IconBan,
  IconCalendarEvent,
  IconCalendarOff,
  IconCheck,
  IconClockExclamation,
  IconEdit,
  IconFlag,
  IconPlayerPlay,
  IconPlayerTrackNext,
  IconPlugConnected,
  IconPlugConnectedX,
  IconPlus,
  IconSend,
  IconServerCog,
  IconStack2,
  IconTrash,
  IconX,
} from '@tabler/icons-react'
import type { EventDocument, EventType } from '../../../../src/client/index.ts'
import type { Tone } from '../../parts/Status.tsx'

/** How each kind is shown: by words and icon, never by colour alone. */
export const kinds = {
  job_submitted: { label: 'Job submitted', tone: 'idle', icon: IconPlus },
  job_updated: { label: 'Job changed', tone: 'idle', icon: IconEdit },
  job_deleted: { label: 'Job deleted', tone: 'warn', icon: IconTrash },
  job_enqueued: { label: 'Run queued', tone: 'idle', icon: IconStack2 },
  job_scheduled: { label: 'Tick planned', tone: 'idle', icon: IconCalendarEvent },
  job_manual_run: { label: 'Run by hand', tone: 'idle', icon: IconPlayerTrackNext },
  job_pending: { label: 'No worker fits', tone: 'warn', icon: IconClockExclamation },
  job_dispatched: { label: 'Run dispatched', tone: 'live', icon: IconSend },
  job_requeued: { label: 'Run requeued', tone: 'warn', icon: IconArrowBackUp },
  run_started: { label: 'Run started', tone: 'live', icon: IconPlayerPlay },
  attempt_finished: { label: 'Attempt ended', tone: 'idle', icon: IconFlag },
  run_finished: { label: 'Run ended', tone: 'good', icon: IconCheck },
  tick_skipped: { label: 'Tick skipped', tone: 'warn', icon: IconCalendarOff },
  worker_online: { label: 'Worker online', tone: 'good', icon: IconPlugConnected },
  worker_offline: { label: 'Worker offline', tone: 'bad', icon: IconPlugConnectedX },
  worker_state: { label: 'Worker told', tone: 'warn', icon: IconServerCog },
} satisfies Record<EventType, { readonly label: string; readonly tone: Tone; readonly icon: Icon }>

type Payload = EventDocument['payload']

interface Shown {
  readonly label: string
  readonly tone: Tone
  readonly icon: Icon
}

/** How ends are shown: of runs by their status, of attempts by their outcome. */
const ends: Readonly<Record<string, Pick<Shown, 'tone' | 'icon'> & { readonly word: string }>> = {
  success: { word: 'succeeded', tone: 'good', icon: IconCheck },
  failed: { word: 'failed', tone: 'bad', icon: IconX },
  timed_out: { word: 'timed out', tone: 'bad', icon: IconClockExclamation },
  cancelled: { word: 'cancelled', tone: 'idle', icon: IconBan },
  lost: { word: 'lost', tone: 'bad', icon: IconPlugConnectedX },
  interrupted: { word: 'interrupted', tone: 'warn', icon: IconArrowBackUp },
  not_spawned: { word: 'not started', tone: 'bad', icon: IconX },
}

/** An event in words; ends say how it ended. Pure. */
export function shownAs(kind: EventType, { status, outcome }: Payload): Shown {
  const end = ends[String(kind === 'run_finished' ? status : outcome)]
  if (end === undefined || (kind !== 'run_finished' && kind !== 'attempt_finished')) return kinds[kind]
  return { ...end, label: `${kind === 'run_finished' ? 'Run' : 'Attempt'} ${end.word}` }
}

/** What the rest of a row says already. */
const told: ReadonlySet<string> = new Set(['domain', 'job_id', 'run_id', 'worker_id', 'name', 'status', 'outcome'])
/** What is a sentence by itself. */
const sentences: ReadonlySet<string> = new Set(['reason', 'completion_reason', 'detail'])

/** A word of the API, such as `immediate_submit`. */
const words = /^[a-z]+(_[a-z]+)+$/

/** The rest of what an event tells: `attempt 1 · returncode 3 · exit code 3 not in [0]`. Pure. */
export function detailOf(payload: Payload): string {
  return Object.entries(payload)
    .filter(([name, value]) => !told.has(name) && value !== null && value !== undefined && value !== '')
    .map(([name, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
      return sentences.has(name)
        ? text.replace(words, (word) => word.replaceAll('_', ' '))
        : `${name.replaceAll('_', ' ')} ${text}`
    })
    .join(' · ')
}
