import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import type { Column } from './column.ts'
import classes from './DataTable.module.css'

/** A column's name; a button where the server can sort by it. */
export function SortHeader<T>({
  column: { header, sort: by, align },
  sort,
  onSort,
}: {
  readonly column: Column<T>
  readonly sort?: string
  readonly onSort?: (sort: string) => void
}) {
  if (by === undefined || onSort === undefined)
    return (
      <div role="columnheader" className={classes.cell} data-align={align}>
        {header}
      </div>
    )
  const direction = sort === by ? 'ascending' : sort === `-${by}` ? 'descending' : 'none'
  const Arrow = direction === 'descending' ? IconArrowDown : IconArrowUp
  return (
    <div role="columnheader" aria-sort={direction} className={classes.cell} data-align={align}>
      <button type="button" onClick={() => onSort(direction === 'ascending' ? `-${by}` : by)}>
        {header}
        {direction !== 'none' && <Arrow size={13} aria-hidden />}
      </button>
    </div>
  )
}
