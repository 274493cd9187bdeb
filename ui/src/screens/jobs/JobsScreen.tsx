import { NativeSelect } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useMayWrite } from '../../api/hydra.tsx'
import { BulkBar } from '../../bulk/BulkBar.tsx'
import { jobsInBulk } from '../../bulk/bulk.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { FilterMarks } from '../../parts/FilterMarks.tsx'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Filters, Screen } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useSelection } from '../../parts/selection.ts'
import { jobColumns, jobId, jobName, useIsAcrossDomains } from './columns.tsx'
import { useHoveredJob, useJobList } from './job-list.ts'
import { NewJobButtons } from './NewJobButtons.tsx'
import { NoJobs } from './NoJobs.tsx'
import { SavedFilters } from './SavedFilters.tsx'

/** All jobs: found, narrowed and sorted by the server, whatever their number. */
export function JobsScreen() {
  const search = useSearch({ from: '/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const mayWrite = useMayWrite()
  const across = useIsAcrossDomains()
  const list = useJobList(search)
  const ids = useMemo(() => list.rows.map(jobId), [list.rows])
  const selection = useSelection(ids)
  const { sort = '-created_at', ...filter } = search
  const isNarrowed = Object.values(filter).some((value) => value !== undefined)
  const columns = useMemo(() => jobColumns(across), [across])
  const hover = useHoveredJob()
  const narrow = (change: typeof search): void => {
    selection.clear()
    void navigate({ search: (before) => ({ ...before, ...change }) })
  }

  return (
    <Screen
      title="Jobs"
      actions={
        <>
          <FreshRows count={list.fresh} what="job" onShow={list.showFresh} />
          {mayWrite && <NewJobButtons />}
        </>
      }
    >
      <Filters>
        <SearchBox label="Find by name or key" value={search.q ?? ''} onChange={(q) => narrow({ q: q || undefined })} />
        <NativeSelect
          aria-label="Schedule"
          size="xs"
          value={search.mode ?? ''}
          data={[{ value: '', label: 'Any schedule' }, ...modes]}
          onChange={({ currentTarget }) =>
            narrow({ mode: modes.find(({ value }) => value === currentTarget.value)?.value })
          }
        />
        <NativeSelect
          aria-label="State"
          size="xs"
          value={search.enabled === undefined ? '' : String(search.enabled)}
          data={states}
          onChange={({ currentTarget: { value } }) => narrow({ enabled: value === '' ? undefined : value === 'true' })}
        />
        <FilterMarks marks={marks} search={search} onRemove={(name) => narrow({ [name]: undefined })} />
        <SavedFilters search={search} />
      </Filters>
      {mayWrite && (
        <BulkBar
          kind={jobsInBulk}
          selection={selection}
          loaded={list.rows.length}
          hasMore={list.hasMore}
          filter={given(filter)}
          onDone={list.reload}
        />
      )}
      {list.error !== null && list.rows.length === 0 && <Fault error={list.error} onRetry={list.reload} />}
      {list.isLoading && <Loading label="Loading jobs" />}
      {!list.isLoading &&
        list.error === null &&
        list.rows.length === 0 &&
        (isNarrowed ? <NoMatch what="jobs" onClear={() => void navigate({ search: {} })} /> : <NoJobs />)}
      {list.rows.length > 0 && (
        <DataTable
          label="Jobs"
          rows={list.rows}
          idOf={jobId}
          nameOf={jobName}
          columns={columns}
          sort={sort}
          onSort={(next) => narrow({ sort: sorts.find((one) => one === next) })}
          {...(mayWrite && { selection })}
          hasMore={list.hasMore}
          loadMore={list.loadMore}
          isOld={list.isOld}
          onHover={hover}
        />
      )}
    </Screen>
  )
}

const modes = [
  { value: 'immediate', label: 'On submission' },
  { value: 'interval', label: 'Interval' },
  { value: 'cron', label: 'Cron' },
] as const

/** Without a field of their own. */
const marks = [{ name: 'queue', label: 'Queue' }] as const

const states = [
  { value: '', label: 'Any state' },
  { value: 'true', label: 'Enabled' },
  { value: 'false', label: 'Paused' },
]

const jobSorts = ['name', 'created_at', 'updated_at', 'next_run_at', 'priority'] as const
const sorts = jobSorts.flatMap((by) => [by, `-${by}`] as const)

/** Without what is not set. */
function given(filter: Readonly<Record<string, string | boolean | undefined>>): Record<string, string | boolean> {
  const set: Record<string, string | boolean> = {}
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) set[name] = value
  return set
}
