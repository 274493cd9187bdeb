import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { IdentifiedEvent, RunQuery } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { BulkBar } from '../../bulk/BulkBar.tsx'
import { BulkDialog } from '../../bulk/BulkDialog.tsx'
import { runsInBulk } from '../../bulk/bulk.ts'
import { useLiveList } from '../../live/live-list.ts'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Filters } from '../../parts/Screen.tsx'
import { SearchBox } from '../../parts/SearchBox.tsx'
import { Empty, Fault, Loading, NoMatch } from '../../parts/States.tsx'
import { useSelection } from '../../parts/selection.ts'
import { RunTable } from '../runs/RunTable.tsx'
import { runId } from '../runs/run-rows.tsx'
import { AgeSelect } from './AgeSelect.tsx'
import { beginOf } from './ages.ts'
import { deadColumns } from './dead-rows.tsx'
import classes from './QueueScreen.module.css'

/** Runs of a page. */
const limit = 100

/** Failed for good: no attempt is left. */
const dead = ['failed', 'timed_out'] as const

const retrying = { ...runsInBulk, acts: runsInBulk.acts.filter(({ action }) => action === 'retry') }
const [retry] = retrying.acts

/** What failed with no attempt left: why, and to be tried again, one, some or all. */
export function DeadLetters() {
  const { q, age } = useSearch({ from: '/queue' })
  const navigate = useNavigate({ from: '/queue' })
  const mayWrite = useMayWrite()
  const [isAll, setAll] = useState(false)
  const filter = useMemo(
    () => ({
      status: dead,
      ...(q !== undefined && { q }),
      ...(age !== undefined && { since: beginOf(age, Date.now()) }),
    }),
    [q, age],
  )
  const list = useDead(filter)
  const ids = useMemo(() => list.rows.map(runId), [list.rows])
  const selection = useSelection(ids)
  const narrow = (change: { readonly q?: string | undefined; readonly age?: typeof age }): void => {
    selection.clear()
    void navigate({ search: (before) => ({ ...before, ...change }) })
  }
  const isEmpty = !list.isLoading && list.error === null && list.rows.length === 0
  const isNarrowed = q !== undefined || age !== undefined
  return (
    <>
      <Filters>
        <SearchBox
          label="Find by job or run id"
          value={q ?? ''}
          onChange={(next) => narrow({ q: next || undefined })}
        />
        <AgeSelect age={age} onChange={(next) => narrow({ age: next })} />
        {mayWrite && list.rows.length > 0 && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={() => setAll(true)}
          >
            Retry all {isNarrowed && 'that match'}
          </Button>
        )}
        <FreshRows count={list.fresh} what="dead letter" onShow={list.showFresh} />
      </Filters>
      {mayWrite && (
        <BulkBar
          kind={retrying}
          selection={selection}
          loaded={list.rows.length}
          hasMore={list.hasMore}
          filter={filter}
          onDone={list.reload}
        />
      )}
      {isAll && retry !== undefined && (
        <BulkDialog kind={retrying} act={retry} chosen={{ filter }} onClose={() => setAll(false)} />
      )}
      {list.error !== null && list.rows.length === 0 && <Fault error={list.error} onRetry={list.reload} />}
      {list.isLoading && <Loading label="Loading dead letters" />}
      {isEmpty && isNarrowed && (
        <NoMatch what="dead letters" onClear={() => narrow({ q: undefined, age: undefined })} />
      )}
      {isEmpty && !isNarrowed && (
        <Empty title="No dead letters">
          A run that failed or timed out, and has no attempt left, stands here until it is retried or its history ends.
        </Empty>
      )}
      {list.rows.length > 0 && (
        <div className={classes.table}>
          <RunTable label="Dead letters" list={list} columns={deadColumns} selection={mayWrite ? selection : null} />
        </div>
      )}
    </>
  )
}

function useDead(query: RunQuery) {
  const hydra = useHydra()
  return useLiveList({
    queryKey: ['runs', 'list', query],
    page: (cursor, signal) => hydra.runs.page({ ...query, limit, cursor, tail: 0 }, signal),
    one: useCallback((id: string) => hydra.runs.get(id, { tail: 0 }), [hydra]),
    idOf: runId,
    touched: deadNow,
    isSettled: () => true,
  })
}

/** A run that ends badly is a new row. */
function deadNow({ type, payload: { run_id: id, status } }: IdentifiedEvent) {
  return id === undefined || type !== 'run_finished' || !dead.some((one) => one === status) ? null : { id, isNew: true }
}
