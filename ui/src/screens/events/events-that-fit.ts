import type { EventType, IdentifiedEvent } from '../../../../src/client/index.ts'

/** What events are narrowed by. */
export interface EventFilter {
  readonly q?: string | undefined
  readonly kind?: EventType | undefined
  readonly job_id?: string | undefined
  readonly worker_id?: string | undefined
}

/** Those that fit, newest first. Pure. @param events oldest first */
export function eventsThatFit(
  events: readonly IdentifiedEvent[],
  { q = '', kind, job_id, worker_id }: EventFilter,
): readonly IdentifiedEvent[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return events
    .filter(({ type, payload }) => {
      if (kind !== undefined && type !== kind) return false
      if (job_id !== undefined && payload.job_id !== job_id) return false
      if (worker_id !== undefined && payload.worker_id !== worker_id) return false
      if (words.length === 0) return true
      const text = `${type} ${JSON.stringify(payload)}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .toReversed()
}
