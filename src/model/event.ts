import { documentReader } from './document.ts'
import type { EventType } from './event-type.ts'
import type { Millis } from './time.ts'

/** Why a run was queued. */
export const enqueueReasons = ['immediate_submit', 'adhoc_run', 'manual_run', 'schedule', 'retry', 'failover'] as const
export type EnqueueReason = (typeof enqueueReasons)[number]

/** Something that happened, told to whoever listens: a hint, at least once; the store is the truth. */
export interface HydraEvent {
  readonly type: EventType
  readonly domain: string
  readonly ts: Millis
  readonly payload: {
    readonly job_id?: string
    readonly run_id?: string
    readonly worker_id?: string
    readonly [field: string]: unknown
  }
}

/** An event from the JSON that a scheduler wrote. */
export const readEvent = documentReader<HydraEvent>(
  'event',
  ({ type, domain, ts, payload }) =>
    typeof type === 'string' && typeof domain === 'string' && typeof ts === 'number' && typeof payload === 'object',
)
