import type { ReactNode } from 'react'

/** A column of a table of rows. */
export interface Column<T> {
  readonly id: string
  readonly header: string
  /** A track of a CSS grid. */
  readonly width: string
  readonly cell: (row: T) => ReactNode
  /** The name that the server sorts by. */
  readonly sort?: string
  readonly align?: 'end'
  /** On a phone a row is a card: what stands at its head, as a mark below it, and what is left out. */
  readonly phone?: 'head' | 'mark' | 'hidden'
}
