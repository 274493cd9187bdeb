import type { EventDocument } from '../../../../src/client/index.ts'

/** What an event can be of. */
export const eventKinds = [
  'job_submitted',
  'job_updated',
  'job_deleted',
  'job_enqueued',
  'job_scheduled',
  'job_manual_run',
  'job_pending',
  'job_dispatched',
  'job_requeued',
  'run_started',
  'attempt_finished',
  'run_finished',
  'tick_skipped',
  'worker_online',
  'worker_offline',
  'worker_state',
] as const satisfies readonly EventDocument['type'][]
export type EventKind = (typeof eventKinds)[number]
