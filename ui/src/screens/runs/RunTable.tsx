import type { RunDocument } from '../../../../src/client/index.ts'
import type { LiveList } from '../../live/live-list.ts'
import type { Column } from '../../parts/column.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import type { Selection } from '../../parts/selection.ts'
import { runId, runName } from './run-rows.tsx'

/** A live list of runs as a table. @param selection null: nobody may change them */
export function RunTable({
  label,
  list,
  columns,
  selection,
}: {
  readonly label: string
  readonly list: LiveList<RunDocument>
  readonly columns: readonly Column<RunDocument>[]
  readonly selection: Selection | null
}) {
  return (
    <DataTable
      label={label}
      rows={list.rows}
      idOf={runId}
      nameOf={runName}
      columns={columns}
      {...(selection !== null && { selection })}
      hasMore={list.hasMore}
      loadMore={list.loadMore}
      isOld={list.isOld}
    />
  )
}
