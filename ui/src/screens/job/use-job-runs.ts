import { useCallback } from 'react'
import { type IdentifiedEvent, isFinal, type RunDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { type LiveList, useLiveList } from '../../live/live-list.ts'
import { runId, touchedRun } from '../runs/run-rows.tsx'

/** Runs of a page: as many as are shown as bars. */
const limit = 50

/** The runs of a job, newest first, kept as they are now. */
export function useJobRuns(jobId: string): LiveList<RunDocument> {
  const hydra = useHydra()
  return useLiveList({
    queryKey: ['job-runs', jobId],
    page: (cursor, signal) => hydra.jobs.runsPage(jobId, { limit, cursor, tail: 0 }, signal),
    one: useCallback((id: string) => hydra.runs.get(id, { tail: 0 }), [hydra]),
    idOf: runId,
    touched: useCallback(
      (event: IdentifiedEvent) => (event.payload.job_id === jobId ? touchedRun(event) : null),
      [jobId],
    ),
    isSettled: isFinal,
  })
}
