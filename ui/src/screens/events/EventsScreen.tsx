import { Button, NativeSelect } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { eventTypes } from '../../../../src/client/index.ts'
import { useFeedState } from '../../live/LiveProvider.tsx'
import { DataTable } from '../../parts/DataTable.tsx'
import { FilterMarks } from '../../parts/FilterMarks.tsx'
import { counted, number } from '../../parts/format.ts'
import { Filters, Screen } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Empty, Loading, NoMatch } from '../../parts/States.tsx'
import { useKeys } from '../../shell/keys.ts'
import classes from './EventsScreen.module.css'
import { kinds } from './event-kinds.ts'
import { eventColumns, eventId, eventName } from './event-rows.tsx'
import type { EventFilter } from './events-that-fit.ts'
import { type EventLog, useEventLog } from './use-event-log.ts'

/** What happens, as it happens. */
export function EventsScreen() {
  const search = useSearch({ from: '/events' })
  const navigate = useNavigate({ from: '/events' })
  const log = useEventLog(search)
  const { status } = useFeedState()
  const isNarrowed = Object.values(search).some((value) => value !== undefined)
  const narrow = (change: EventFilter): void => void navigate({ search: (before) => ({ ...before, ...change }) })
  const isEmpty = log.rows.length === 0
  return (
    <Screen title="Events" actions={<Pause log={log} />}>
      <EventFilters search={search} onChange={narrow} />
      {isEmpty && status === 'connecting' && <Loading label="Connecting to the stream" />}
      {isEmpty && status !== 'connecting' && isNarrowed && (
        <NoMatch what="events" onClear={() => void navigate({ search: {} })} />
      )}
      {isEmpty && status !== 'connecting' && !isNarrowed && (
        <Empty title="Nothing has happened yet">
          What happens to jobs, runs and workers stands here from when this page was opened, the newest first. What
          happened before is in the history of runs and in the audit.
        </Empty>
      )}
      {!isEmpty && <Rows log={log} />}
    </Screen>
  )
}

/** Whoever reads on, or has the focus on a row, is not disturbed: then it stands still. */
function Rows({ log }: { readonly log: EventLog }) {
  return (
    <section
      aria-label="Stream"
      className={classes.table}
      onFocus={log.pause}
      onScrollCapture={({ target }) => isAway(target) && log.pause()}
    >
      <DataTable
        label="Events"
        rows={log.rows}
        idOf={eventId}
        nameOf={eventName}
        columns={eventColumns}
        hasMore={false}
        loadMore={nothing}
      />
    </section>
  )
}

const nothing = (): void => {}
/** Whether it was scrolled away from the newest. */
const isAway = (target: EventTarget): boolean => target instanceof Element && target.scrollTop > 8

/** Still or live; while it is still, what waits. */
function Pause({ log: { isPaused, pause, resume, fresh, rows } }: { readonly log: EventLog }) {
  useKeys('Events', [{ keys: 'p', label: isPaused ? 'Go on' : 'Pause', run: isPaused ? resume : pause }])
  const Shape = isPaused ? IconPlayerPlay : IconPlayerPause
  return (
    <>
      <span className="dim" role="status">
        {isPaused ? `Paused, ${number(fresh)} new` : counted(rows.length, 'event')}
      </span>
      <Button
        size="xs"
        variant={isPaused ? 'filled' : 'default'}
        leftSection={<Shape size={14} aria-hidden />}
        onClick={isPaused ? resume : pause}
      >
        {isPaused ? 'Go on' : 'Pause'}
      </Button>
    </>
  )
}

function EventFilters({
  search,
  onChange,
}: {
  readonly search: EventFilter
  readonly onChange: (change: EventFilter) => void
}) {
  return (
    <Filters>
      <SearchBox label="Find in events" value={search.q ?? ''} onChange={(q) => onChange({ q: q || undefined })} />
      <NativeSelect
        aria-label="Kind"
        size="xs"
        value={search.kind ?? ''}
        data={[{ value: '', label: 'Any kind' }, ...eventTypes.map((value) => ({ value, label: kinds[value].label }))]}
        onChange={({ currentTarget: { value } }) => onChange({ kind: eventTypes.find((one) => one === value) })}
      />
      <FilterMarks marks={marks} search={search} onRemove={(name) => onChange({ [name]: undefined })} />
    </Filters>
  )
}

const marks = [
  { name: 'job_id', label: 'Job' },
  { name: 'worker_id', label: 'Worker' },
] as const
