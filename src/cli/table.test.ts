import { expect, test } from 'vitest'
import { aligned, type Column, tabbed } from './table.ts'

interface Row {
  readonly id: string
  readonly name: string
  readonly at: string | null
  readonly took: number | null
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id, least: 6, isId: true },
  { title: 'NAME', cell: ({ name }) => name, least: 5, style: () => 'red' },
  { title: 'AT', cell: ({ at }) => ({ moment: at }) },
  { title: 'TOOK', cell: ({ took }) => ({ seconds: took }) },
]
const rows: readonly Row[] = [
  { id: '0123456789', name: 'a job with a long name', at: '2026-03-01T12:00:00.000Z', took: 61.5 },
  { id: '9876543210', name: '日本\tx', at: null, took: null },
]
const now = Date.parse('2026-03-01T12:05:00Z')

test('for programs values are whole, between tabs, with times in UTC and nothing where there is nothing', () => {
  expect(rows.map((row) => tabbed(row, columns))).toEqual([
    '0123456789\ta job with a long name\t2026-03-01T12:00:00.000Z\t61.5',
    '9876543210\t日本\\tx\t\t',
  ])
})

test('for people columns are aligned, wide characters too, and times are as seen from now', () => {
  expect(aligned(rows, columns, { width: 80, colors: false, now })).toEqual([
    'ID          NAME                    AT      TOOK',
    '0123456789  a job with a long name  5m ago  1m 1s',
    '9876543210  日本\\tx                 -       -',
  ])
})

test('what is too wide is cut where it may be; of an id the beginning is left, which can be typed', () => {
  const lines = aligned(rows, columns, { width: 36, colors: false, now })
  expect(lines[1]).toBe('0123456789  a job wi…  5m ago  1m 1s')
  const narrow = aligned(rows, columns, { width: 10, colors: false, now })
  expect(narrow[1]).toBe('012345  a jo…  5m ago  1m 1s')
})

test('ids are shown as far as they differ, however narrow it is: the shown beginning of each is its own', () => {
  const twins = ['0123456789', '0123456700'].map((id): Row => ({ id, name: 'a job', at: null, took: null }))
  const lines = aligned(twins, columns, { width: 10, colors: false, now })
  expect(lines.slice(1).map((line) => line.split('  ')[0])).toEqual(['012345678', '012345670'])
})

test('colours surround the value alone', () => {
  const [, line] = aligned(rows, columns, { width: 80, colors: true, now })
  expect(line).toBe('0123456789  \x1b[31ma job with a long name\x1b[0m  5m ago  1m 1s')
})
