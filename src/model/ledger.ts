import type { Run } from './run.ts'
import type { Skip } from './skip.ts'
import type { Millis } from './time.ts'

export const tickOutcomes = ['run', 'late', 'skipped', 'missed'] as const
export type TickOutcome = (typeof tickOutcomes)[number]

/** A tick whose run was made within this of its time was on time; ms. */
const onTimeWithin: Millis = 1000

/** Whether a run was made late for its tick. Jitter does not count: it puts off the run's start, not the run. */
export const isLate = ({ created_at, schedule_tick }: Pick<Run, 'created_at' | 'schedule_tick'>): boolean =>
  schedule_tick !== null && created_at - schedule_tick > onTimeWithin

/** A row of the ledger as it is stored: a tick's run, or a series of ticks that have none. */
export type LedgerRow = { readonly run: Run; readonly skip: null } | { readonly run: null; readonly skip: Skip }

/** Where a row stands in its job's ledger: at its first tick, which stays while a series grows. */
export const placeIn = ({ run, skip }: LedgerRow): Millis => skip?.from ?? run?.schedule_tick ?? 0

/** What came of a tick, or of each tick of an unbroken series. */
export interface TickRecord {
  readonly outcome: TickOutcome
  readonly from: Millis
  readonly to: Millis
  readonly count: number
  /** Null where there is nothing to say: it ran on time. */
  readonly reason: string | null
  readonly run: Run | null
  /** The run that stood or stands in the way. */
  readonly of: string | null
}

export function tickRecord({ run, skip }: LedgerRow): TickRecord {
  if (skip !== null) return { ...skip, run: null }
  const tick = run.schedule_tick ?? run.created_at
  const outcome = isLate(run) ? 'late' : 'run'
  const late = outcome === 'late' ? `made ${Math.round((run.created_at - tick) / 1000)} s after its time` : null
  const waits = run.hold?.kind === 'overlap' ? 'waits until an earlier run is over' : null
  const reason = [late, waits].filter((one) => one !== null).join('; ') || null
  return { outcome, from: tick, to: tick, count: 1, reason, run, of: run.hold?.of ?? null }
}
