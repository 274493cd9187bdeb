import stringWidth from 'string-width'
import { printable, relative, span } from './text.ts'

/** What stands in a cell: a text or number as it is, a moment, or a span of seconds. */
export type Cell = string | number | null | { readonly moment: string | null } | { readonly seconds: number | null }

export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => Cell
  /** A terminal that is too narrow shows less of it, at least so many characters. */
  readonly least?: number
  /** Where it is cut, what is left is the beginning of an id that may be typed. */
  readonly isId?: boolean
  /** How it looks on a terminal that shows colours. */
  readonly style?: (row: T) => Style | null
}

export type Style = 'green' | 'red' | 'yellow' | 'cyan' | 'dim'

const codes = { green: 32, red: 31, yellow: 33, cyan: 36, dim: 2 } as const satisfies Record<Style, number>

const styled = (text: string, style: Style | null, colors: boolean): string =>
  style === null || !colors ? text : `\x1b[${codes[style]}m${text}\x1b[0m`

/** A row for other programs: tabs between whole values, times in UTC, nothing where there is nothing. Pure. */
export const tabbed = <T>(row: T, columns: readonly Column<T>[]): string =>
  columns.map(({ cell }) => plain(cell(row))).join('\t')

function plain(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'object') return printable(String(cell))
  return 'moment' in cell ? (cell.moment ?? '') : cell.seconds === null ? '' : String(cell.seconds)
}

export interface Look {
  /** Characters of a line. */
  readonly width: number
  readonly colors: boolean
  /** ms */
  readonly now: number
}

/** Rows for a person: aligned under their titles, times as seen from now, within the terminal's width. Pure. */
export function aligned<T>(rows: readonly T[], columns: readonly Column<T>[], look: Look): readonly string[] {
  const texts = rows.map((row) => columns.map(({ cell }) => pleasant(cell(row), look.now)))
  const widths = fitted(
    columns.map(({ least, isId }, at) => {
      if (least === undefined || !isId) return least
      return Math.max(least, tellsApart(texts.map((row) => row[at] ?? '')))
    }),
    columns.map(({ title }, at) => Math.max(stringWidth(title), ...texts.map((row) => stringWidth(row[at] ?? '')))),
    look.width,
  )
  const line = (cells: readonly string[], style: (at: number) => Style | null): string =>
    cells
      .map((text, at) => {
        const width = widths[at] ?? 0
        const shown = cut(text, width, columns[at]?.isId === true)
        const rest = at === cells.length - 1 ? '' : ' '.repeat(Math.max(0, width - stringWidth(shown)))
        return styled(shown, style(at), look.colors) + rest
      })
      .join('  ')
      .trimEnd()
  const titles = columns.map(({ title }) => title)
  return [
    line(titles, () => 'dim'),
    ...rows.map((row, index) => line(texts[index] ?? [], (at) => columns[at]?.style?.(row) ?? null)),
  ]
}

function pleasant(cell: Cell, now: number): string {
  if (cell === null) return '-'
  if (typeof cell !== 'object') return cell === '' ? '-' : printable(String(cell))
  if ('moment' in cell) return cell.moment === null ? '-' : relative(Date.parse(cell.moment), now)
  return cell.seconds === null ? '-' : span(cell.seconds)
}

/** How much of ids that were made at the same moment must be shown for each to be told from the others. */
function tellsApart(ids: readonly string[]): number {
  const sorted = [...new Set(ids)].sort()
  const shared = sorted.map((id, at) => {
    const before = sorted[at - 1] ?? ''
    let length = 0
    while (length < before.length && id[length] === before[length]) length += 1
    return length
  })
  return Math.max(0, ...shared) + 1
}

/**
 * Takes from the widest of those that may be narrower, until the line fits or none is left to take from.
 * @param leasts of each column; undefined where nothing is taken from it
 */
function fitted(leasts: readonly (number | undefined)[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural]
  const total = (): number => widths.reduce((sum, one) => sum + one, 0) + 2 * (widths.length - 1)
  while (total() > width) {
    const spare = leasts.map((least, at) => (least === undefined ? 0 : (widths[at] ?? 0) - least))
    const most = Math.max(...spare)
    if (most <= 0) return widths
    const at = spare.indexOf(most)
    widths[at] = (widths[at] ?? 0) - Math.min(most, total() - width, Math.max(1, Math.ceil(most / 2)))
  }
  return widths
}

/** The beginning that fits; of wide characters each takes two places. */
function cut(text: string, width: number, isId: boolean): string {
  if (stringWidth(text) <= width) return text
  let shown = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(shown + segment) > width - (isId ? 0 : 1)) break
    shown += segment
  }
  return isId ? shown : `${shown}…`
}
