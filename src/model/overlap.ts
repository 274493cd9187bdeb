import type { Hold, Run } from './run.ts'
import type { Schedule } from './schedule.ts'

/** What of a job's runs is not final: the oldest of them, and one that is held until the others are over. */
export interface LiveRuns {
  readonly oldest: string
  readonly waiting: string | null
}

/** Which run a tick is skipped for, and why; null where the tick has its run. Source: design, "Schedules". */
export function obstacleTo(overlap: Schedule['overlap'], live: LiveRuns | null): { of: string; reason: string } | null {
  if (live === null) return null
  if (overlap === 'skip') return { of: live.oldest, reason: 'an earlier run was not final' }
  if (overlap === 'queue' && live.waiting !== null)
    return { of: live.waiting, reason: 'an earlier tick was waiting already' }
  return null
}

/** Whether a tick's run waits until the earlier ones of its job are over. */
export const waitsForEarlier = (overlap: Schedule['overlap']): boolean => overlap === 'queue' || overlap === 'replace'

/**
 * What a run that waits for the earlier ones of its job waits for now; null: nothing any more. Ids rise with time, so the
 * order is total, and no two runs ever wait for each other.
 */
export const overlapHold = (run: Pick<Run, '_id'>, live: LiveRuns | null): Hold | null =>
  live !== null && live.oldest < run._id ? { kind: 'overlap', of: live.oldest } : null

/** Who cancels the runs that a later one replaces; their reason reads `cancelled by a later tick`. */
export const replacedBy = 'a later tick'
