import { NativeSelect } from '@mantine/core'
import { liveStatuses, type RunStatus, runStatuses } from '../../../../src/client/index.ts'
import { FilterMarks } from '../../parts/FilterMarks.tsx'
import { Filters } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { statuses } from '../../parts/Status.tsx'

interface Search {
  q?: string
  status?: readonly RunStatus[]
  job_id?: string
  worker_id?: string
  user?: string
  since?: string
  until?: string
}

/** What runs are narrowed by. What comes from a link (a job, a worker, a span of time) stands as a mark that can be taken away. */
export function RunFilters({
  search,
  onChange,
}: {
  readonly search: Search
  readonly onChange: (change: Search) => void
}) {
  const chosen = search.status?.join(',') ?? ''
  return (
    <Filters>
      <SearchBox
        label="Find by job or run id"
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
      <NativeSelect
        aria-label="Status"
        size="xs"
        value={chosen}
        data={choices.some(({ value }) => value === chosen) ? choices : [...choices, { value: chosen, label: chosen }]}
        onChange={({ currentTarget: { value } }) => onChange({ status: value === '' ? undefined : wordsIn(value) })}
      />
      <FilterMarks marks={marks} search={search} onRemove={(name) => onChange({ [name]: undefined })} />
    </Filters>
  )
}

const wordsIn = (value: string): readonly RunStatus[] =>
  value.split(',').flatMap((word) => runStatuses.filter((status) => status === word))

const choices = [
  { value: '', label: 'Any status' },
  { value: liveStatuses.join(','), label: 'Not over' },
  { value: 'failed,timed_out', label: 'Failed or timed out' },
  ...runStatuses.map((status) => ({ value: status, label: statuses[status].label })),
]

const marks = [
  { name: 'job_id', label: 'Job' },
  { name: 'worker_id', label: 'Worker' },
  { name: 'user', label: 'User' },
  { name: 'since', label: 'Since', isTime: true },
  { name: 'until', label: 'Until', isTime: true },
] as const
