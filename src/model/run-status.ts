// Apart from what a run is: a page or a script that only asks whether one is over should load nothing else.

export const runStatuses = [
  'pending',
  'dispatched',
  'running',
  'retrying',
  'success',
  'failed',
  'timed_out',
  'cancelled',
] as const
export type RunStatus = (typeof runStatuses)[number]

/** The final states never change; `end_ts` is set exactly with one. */
export const finalStatuses = ['success', 'failed', 'timed_out', 'cancelled'] as const satisfies readonly RunStatus[]
export const liveStatuses = ['pending', 'dispatched', 'running', 'retrying'] as const satisfies readonly RunStatus[]
export type FinalStatus = (typeof finalStatuses)[number]
const finals: ReadonlySet<RunStatus> = new Set(finalStatuses)
export const isFinal = (run: { readonly status: RunStatus }): boolean => finals.has(run.status)
