import { NativeSelect } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { counted } from '../../parts/format.ts'
import { useLinkKeys } from '../../parts/link-keys.ts'
import { Near } from '../../parts/Near.tsx'
import { Filters, Screen } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Empty, Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useIsAcrossDomains } from '../jobs/columns.tsx'
import { AddWorker } from './AddWorker.tsx'
import { useOccupants, useWorkers, workerKey } from './use-workers.ts'
import { WorkerCard } from './WorkerCard.tsx'
import classes from './WorkersScreen.module.css'
import { workerConditions } from './worker-condition.ts'
import { conditionOf, conditions } from './worker-state.ts'
import { type WorkerFilter, workersThatFit } from './workers-that-fit.ts'

/** All workers in one grid: how they stand, what runs in each slot, and whether they take more. */
export function WorkersScreen() {
  const search = useSearch({ from: '/workers' })
  const navigate = useNavigate({ from: '/workers' })
  const { data: workers, error, refetch } = useWorkers()
  if (workers === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (workers === undefined) return <Loading label="Loading workers" />
  const shown = workersThatFit(workers, search)
  const narrow = (change: WorkerFilter): void => void navigate({ search: (before) => ({ ...before, ...change }) })
  return (
    <Screen title="Workers" actions={<Summary workers={workers} />}>
      <WorkerFilters workers={workers} search={search} onChange={narrow} />
      <AddWorker key={String(workers.length === 0)} open={workers.length === 0} />
      {workers.length === 0 && (
        <Empty title="No workers yet">
          A worker is a process that runs jobs, on this machine or another. The line above starts one; it stands here a
          second later. <code>hydra up</code> brings one of its own.
        </Empty>
      )}
      {workers.length > 0 && shown.length === 0 && (
        <NoMatch what="workers" onClear={() => void navigate({ search: {} })} />
      )}
      <Grid workers={shown} />
    </Screen>
  )
}

function Grid({ workers }: { readonly workers: readonly WorkerDocument[] }) {
  const occupants = useOccupants()
  const across = useIsAcrossDomains()
  const grid = useRef<HTMLDivElement>(null)
  useLinkKeys(grid, 'worker')
  return (
    <div ref={grid} className={classes.grid}>
      {workers.map((worker, at) => (
        <Near key={workerKey(worker)} className={classes.place} atOnce={at < firstCards}>
          <WorkerCard worker={worker} occupants={occupants[workerKey(worker)] ?? nobody} domainShown={across} />
        </Near>
      ))}
    </div>
  )
}
const nobody = [] as const
/** Cards that the first frame shows. */
const firstCards = 30

function Summary({ workers }: { readonly workers: readonly WorkerDocument[] }) {
  const online = workers.filter(({ status }) => status === 'online')
  const sum = (of: (worker: WorkerDocument) => number): number => online.reduce((total, one) => total + of(one), 0)
  return (
    <span className="dim">
      {counted(online.length, 'worker')} online, {sum((one) => one.current_running)} of{' '}
      {counted(
        sum((one) => one.max_concurrency),
        'slot',
      )}{' '}
      in use
    </span>
  )
}

function WorkerFilters({
  workers,
  search,
  onChange,
}: {
  readonly workers: readonly WorkerDocument[]
  readonly search: WorkerFilter
  readonly onChange: (change: WorkerFilter) => void
}) {
  const states = workerConditions.map((value) => {
    const count = workers.filter((one) => conditionOf(one) === value).length
    return { value, label: `${conditions[value].label} (${count})` }
  })
  return (
    <Filters>
      <SearchBox
        label="Find by name, host or tag"
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
      <NativeSelect
        aria-label="State"
        size="xs"
        value={search.state ?? ''}
        data={[{ value: '', label: 'Any state' }, ...states]}
        onChange={({ currentTarget: { value } }) => onChange({ state: workerConditions.find((one) => one === value) })}
      />
      <Choice name="tag" of={workers.flatMap(({ tags }) => tags)} value={search.tag} onChange={onChange} />
      <Choice name="queue" of={workers.flatMap(({ queues }) => queues)} value={search.queue} onChange={onChange} />
    </Filters>
  )
}

function Choice({
  name,
  of,
  value = '',
  onChange,
}: {
  readonly name: 'tag' | 'queue'
  readonly of: readonly string[]
  readonly value: string | undefined
  readonly onChange: (change: WorkerFilter) => void
}) {
  const words = [...new Set(value === '' ? of : [...of, value])].sort()
  return (
    <NativeSelect
      aria-label={name === 'tag' ? 'Tag' : 'Queue'}
      size="xs"
      value={value}
      data={[{ value: '', label: `Any ${name}` }, ...words]}
      onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value || undefined })}
    />
  )
}
