import { useQueryClient } from '@tanstack/react-query'
import type { QueuedDocument, RunOnce } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'

/** Retries a run; what is known of it is old then: it has a retry. */
export function useRetry(runId: string): (once?: RunOnce) => Promise<QueuedDocument> {
  const hydra = useHydra()
  const queries = useQueryClient()
  return async (once) => {
    const queued = await hydra.runs.retry(runId, once)
    void queries.invalidateQueries({ queryKey: ['run', runId] })
    return queued
  }
}
