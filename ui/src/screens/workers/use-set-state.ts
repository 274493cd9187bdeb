import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { WorkerDocument, WorkerState } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted } from '../../parts/format.ts'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { workerKey } from './use-workers.ts'

/** Tells a worker whether to take new work: shown at once, and taken back where the server refuses. */
export function useSetState(worker: WorkerDocument) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const queryKey = ['workers']
  const show = (state: WorkerDocument['state']): void => {
    queries.setQueryData<readonly WorkerDocument[]>(queryKey, (all) =>
      all?.map((one) => (workerKey(one) === workerKey(worker) ? { ...one, state } : one)),
    )
  }
  return useMutation({
    mutationFn: (state: WorkerState) => hydra.workers.setState(worker.worker_id, state, worker.domain),
    onMutate: (state) => {
      show(state)
      return worker.state
    },
    onSuccess: (_, state) => tellDone(said(worker, state)),
    // The worker's state of this very moment is the one that was shown above.
    onError: (error, _, before) => {
      if (before !== undefined) show(before)
      tellFault(error)
    },
    onSettled: () => void queries.invalidateQueries({ queryKey }),
  })
}

function said({ worker_id, current_running }: WorkerDocument, state: WorkerState): string {
  if (state === 'online') return `${worker_id} takes new work.`
  const left =
    current_running === 0 ? 'nothing runs there' : `${counted(current_running, 'run')} there go on to the end`
  return `${worker_id} takes no new work; ${left}.`
}
