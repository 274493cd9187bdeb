import type { LogQuery, StreamName } from '../../model/log.ts'
import type { LogLines, LogName, SearchedRuns, SearchSlice, SearchState, SliceBudget } from '../../ports/log-store.ts'

/** What a thread that reads logs is asked. */
export type Question =
  | { readonly kind: 'lines'; readonly log: LogName; readonly from: number; readonly count: number }
  | {
      readonly kind: 'search'
      readonly log: LogName
      readonly query: LogQuery
      readonly from: number | SearchState
      readonly most: SliceBudget
    }
  | {
      readonly kind: 'searchNext'
      readonly runs: readonly string[]
      readonly below: number | null
      readonly query: LogQuery
      readonly most: SliceBudget
    }
  | {
      readonly kind: 'bytes'
      readonly log: LogName
      readonly stream: StreamName | null
      readonly from: number
      readonly to: number
    }

/** What it answers; one answer to each question. */
export type Answer =
  | { readonly kind: 'lines'; readonly lines: LogLines }
  | { readonly kind: 'search'; readonly slice: SearchSlice }
  | { readonly kind: 'searchNext'; readonly searched: SearchedRuns }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** `fault`: of the expression that was to be looked for; else the message is for the log, unless the store is away. */
  | { readonly kind: 'failed'; readonly fault: string | null; readonly isAway: boolean; readonly message: string }
