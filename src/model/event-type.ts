// Apart from what an event is: a page that only asks which there are should load nothing else.

/** What an event can be of. */
export const eventTypes = [
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
] as const
export type EventType = (typeof eventTypes)[number]
