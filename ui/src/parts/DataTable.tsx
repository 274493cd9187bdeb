import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react'
import type { Column } from './column.ts'
import classes from './DataTable.module.css'
import { useRowKeys } from './row-keys.ts'
import { SortHeader } from './SortHeader.tsx'
import type { Selection } from './selection.ts'

export interface DataTableProps<T extends object> {
  readonly label: string
  readonly rows: readonly T[]
  readonly idOf: (row: T) => string
  readonly nameOf: (row: T) => string
  readonly columns: readonly Column<T>[]
  readonly sort?: string
  readonly onSort?: (sort: string) => void
  readonly selection?: Selection
  readonly hasMore: boolean
  readonly loadMore: () => void
  readonly isOld?: boolean
  /** A row that is pointed at will soon be opened. */
  readonly onHover?: (row: T) => void
}

/** Pixels of a row before it is measured. */
const usualHeight = 45

/** A table of which only what can be seen is in the document. A row is opened by the link in it: `data-row-link`. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { label, rows, idOf, columns, sort, onSort, selection, hasMore, loadMore, isOld = false } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => usualHeight,
    // The same one from frame to frame: with another, all rows are measured anew.
    getItemKey: useCallback((at: number) => keyAt(rows, at, idOf), [rows, idOf]),
    overscan: 12,
  })
  const ids = useMemo(() => rows.map(idOf), [rows, idOf])
  const cellsOf = useCells(columns)
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= rows.length - 30) loadMore()
  }, [hasMore, last, rows.length, loadMore])
  useRowKeys(
    rows.length,
    scroller,
    (at) => virtual.scrollToIndex(at),
    (at) => {
      const row = rows[at]
      if (row !== undefined) selection?.toggle(idOf(row), false)
    },
  )

  const tracks = [...(selection ? ['2rem'] : []), ...columns.map(({ width }) => width)].join(' ')
  return (
    <div ref={scroller} className={classes.scroller} data-old={isOld || undefined} aria-busy={isOld}>
      <div
        role="table"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        style={{ '--tracks': tracks }}
      >
        <div role="rowgroup" className={classes.head}>
          <div role="row" className={classes.row} aria-rowindex={1}>
            {selection && <SelectAll selection={selection} ids={ids} label={label} />}
            {columns.map((column) => (
              <SortHeader
                key={column.id}
                column={column}
                {...(sort === undefined ? {} : { sort })}
                {...(onSort && { onSort })}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ key, index, start }) => (
            <Row key={key} {...props} at={index} start={start} measure={virtual.measureElement} cellsOf={cellsOf} />
          ))}
        </div>
      </div>
    </div>
  )
}

function keyAt<T>(rows: readonly T[], at: number, idOf: (row: T) => string): string {
  const row = rows[at]
  return row === undefined ? String(at) : idOf(row)
}

function SelectAll({
  selection,
  ids,
  label,
}: {
  readonly selection: Selection
  readonly ids: readonly string[]
  readonly label: string
}) {
  const chosen = selection.ids.size === 0 ? 0 : ids.filter((id) => selection.ids.has(id)).length
  const isAll = chosen > 0 && chosen === ids.length
  return (
    <div role="columnheader" className={classes.check}>
      <input
        type="checkbox"
        aria-label={`Select all loaded ${label.toLowerCase()}`}
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = chosen > 0 && !isAll
        }}
        onChange={() => (isAll ? selection.clear() : selection.setAll(ids))}
      />
    </div>
  )
}

function Row<T extends object>({
  rows,
  at,
  start,
  measure,
  idOf,
  nameOf,
  cellsOf,
  selection,
  onHover,
}: DataTableProps<T> & {
  readonly at: number
  readonly start: number
  readonly measure: (element: Element | null) => void
  readonly cellsOf: (row: T) => ReactNode
}) {
  const row = rows[at]
  if (row === undefined) return null
  const id = idOf(row)
  const isChosen = selection?.ids.has(id) === true
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      aria-selected={selection ? isChosen : undefined}
      data-index={at}
      ref={measure}
      className={classes.row}
      data-chosen={isChosen || undefined}
      style={{ transform: `translateY(${start}px)` }}
      onPointerEnter={() => onHover?.(row)}
    >
      {selection && (
        <div role="cell" className={classes.check}>
          <input
            type="checkbox"
            aria-label={`Select ${nameOf(row)}`}
            checked={isChosen}
            onChange={() => {}}
            onClick={({ shiftKey }) => selection.toggle(id, shiftKey)}
          />
        </div>
      )}
      {cellsOf(row)}
    </div>
  )
}

/** What stands in a row, made once for each: one that only moves, as all do in each frame of a scroll, is not drawn anew. */
function useCells<T extends object>(columns: readonly Column<T>[]): (row: T) => ReactNode {
  return useMemo(() => {
    const made = new WeakMap<T, ReactNode>()
    return (row) => {
      const known = made.get(row)
      if (known !== undefined) return known
      const cells = columns.map(({ id, header, cell, align, phone }) => (
        <div key={id} role="cell" className={classes.cell} data-align={align} data-phone={phone} data-label={header}>
          {cell(row)}
        </div>
      ))
      made.set(row, cells)
      return cells
    }
  }, [columns])
}
