import type { HydraEvent } from '../model/event.ts'

/** An event and the id by which a listener resumes after it: the same for every scheduler. */
export interface NumberedEvent {
  readonly id: string
  readonly event: HydraEvent
}

/**
 * What schedulers on one store tell each other: events, and news of runs that somebody watches. All of it are hints; the
 * store is the truth. Nothing here rejects: what cannot be told now is told later, as far as it is kept.
 */
export interface Feed {
  /** Begins to listen. `told` hears what any scheduler sent, this one too, in one order; at least once. */
  open(told: (events: readonly NumberedEvent[]) => void): Promise<void>
  send(events: readonly HydraEvent[]): void
  /** The newest events of a domain, or of all; oldest first. */
  newest(domain: string | null, most: number): Promise<readonly NumberedEvent[]>
  /** Drops the events of a domain that was removed. */
  forget(domain: string): Promise<void>
  /** There is news of a run, for the schedulers that watch it. */
  tellRun(domain: string, runId: string): void
  /** Calls back when another scheduler has news of the run; the answer stops it. */
  watchRun(domain: string, runId: string, wake: () => void): () => void
  close(): Promise<void>
}
