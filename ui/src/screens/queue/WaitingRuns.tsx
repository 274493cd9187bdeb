import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { BulkBar } from '../../bulk/BulkBar.tsx'
import { runsInBulk } from '../../bulk/bulk.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { number } from '../../parts/format.ts'
import { Filters } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Empty, Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useSelection } from '../../parts/selection.ts'
import { useIsAcrossDomains } from '../jobs/columns.tsx'
import { Causes } from './Causes.tsx'
import { causesOf, standing, type Waiting } from './causes.ts'
import classes from './QueueScreen.module.css'
import { waitingColumns, waitingId, waitingName } from './waiting-rows.tsx'

const cancelling = { ...runsInBulk, acts: runsInBulk.acts.filter(({ action }) => action === 'cancel') }

/** What waits, the oldest first, and what holds it. */
export function WaitingRuns() {
  const hydra = useHydra()
  const { data, error, refetch } = useQuery({
    queryKey: ['queue'],
    queryFn: () => hydra.queue(),
    refetchInterval: 5000,
  })
  const health = useQuery({ queryKey: ['health'], queryFn: () => hydra.health(), refetchInterval: 15_000 })
  if (data === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading label="Loading the queue" />
  // The two are asked one after the other: what is shown counts.
  const total = Math.max(data.pending.length, data.pending.length < most ? 0 : (health.data?.pending_jobs ?? 0))
  return <Shown pending={data.pending} total={total} onChange={() => void refetch()} />
}

/** Runs that the server tells of, in the order that they are given out. */
const most = 100

function Shown({
  pending,
  total,
  onChange,
}: {
  readonly pending: readonly Waiting[]
  readonly total: number
  readonly onChange: () => void
}) {
  const { q, cause } = useSearch({ from: '/queue' })
  const navigate = useNavigate({ from: '/queue' })
  const mayWrite = useMayWrite()
  const across = useIsAcrossDomains()
  const causes = useMemo(() => causesOf(pending), [pending])
  const rows = useMemo(() => oldestFirst(pending.filter((row) => fits(row, q, cause))), [pending, q, cause])
  const ids = useMemo(() => rows.map(waitingId), [rows])
  const selection = useSelection(ids)
  const columns = useMemo(() => waitingColumns(across), [across])
  const { stands, text } = standing(causes, total)
  const narrow = (change: { readonly q?: string | undefined; readonly cause?: string | undefined }): void => {
    selection.clear()
    void navigate({ search: (before) => ({ ...before, ...change }) })
  }
  return (
    <>
      <p className={classes.standing} data-tone={stands ? 'warn' : 'good'} data-standing role="status">
        {text}
      </p>
      {causes.length > 0 && <Causes causes={causes} chosen={cause} onChoose={(next) => narrow({ cause: next })} />}
      {pending.length > 0 && (
        <Filters>
          <SearchBox
            label="Find by job, queue or user"
            value={q ?? ''}
            onChange={(next) => narrow({ q: next || undefined })}
          />
          {total > pending.length && (
            <span className="dim">
              The {number(pending.length)} that come next, of {number(total)}.{' '}
              <Link to="/runs" search={{ status: ['pending', 'retrying'] }}>
                All that wait
              </Link>
            </span>
          )}
        </Filters>
      )}
      {mayWrite && (
        <BulkBar
          kind={cancelling}
          selection={selection}
          loaded={rows.length}
          hasMore={false}
          filter={{}}
          onDone={onChange}
        />
      )}
      {pending.length === 0 && (
        <Empty title="Nothing waits">
          A run stands here from when it is due until a worker takes it, with the reason why it has not started.
        </Empty>
      )}
      {pending.length > 0 && rows.length === 0 && (
        <NoMatch what="waiting runs" onClear={() => narrow({ q: undefined, cause: undefined })} />
      )}
      {rows.length > 0 && (
        <div className={classes.table}>
          <DataTable
            label="Waiting runs"
            rows={rows}
            idOf={waitingId}
            nameOf={waitingName}
            columns={columns}
            {...(mayWrite && { selection })}
            hasMore={false}
            loadMore={nothing}
          />
        </div>
      )}
    </>
  )
}

const nothing = (): void => {}

const oldestFirst = (rows: readonly Waiting[]): readonly Waiting[] =>
  rows.toSorted((one, other) => (one.since < other.since ? -1 : one.since > other.since ? 1 : 0))

function fits({ name, queue, user, domain, run_id, reason }: Waiting, q = '', cause?: string): boolean {
  if (cause !== undefined && reason !== cause) return false
  const text = `${name} ${queue} ${user} ${domain} ${run_id}`.toLowerCase()
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
