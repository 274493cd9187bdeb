import { obstacle, type Requirement, type WorkerDocument } from '../../../../src/client/index.ts'
import { type Draft, listAt, textAt } from './draft.ts'

/** What of a draft decides who may take its runs, with the defaults of what is not given. Pure. */
export const requirementIn = (draft: Draft): Requirement => ({
  queue: textAt(draft, 'queue') || 'default',
  user: textAt(draft, 'user') || 'default',
  executor_type: textAt(draft, 'executor.type'),
  affinity: {
    os: [...listAt(draft, 'affinity.os')],
    tags: [...listAt(draft, 'affinity.tags')],
    allowed_users: [...listAt(draft, 'affinity.allowed_users')],
    hostnames: [...listAt(draft, 'affinity.hostnames')],
    subnets: [...listAt(draft, 'affinity.subnets')],
    deployment_types: [...listAt(draft, 'affinity.deployment_types')],
  },
})

export interface Fit {
  readonly worker: WorkerDocument
  /** Why it could not take a run now; null: it could. */
  readonly why: string | null
}

/** Each worker that is there, those that could take a run of the draft now first. Pure. @param domain the job's; null: not known */
export function whoFits(draft: Draft, workers: readonly WorkerDocument[], domain: string | null): readonly Fit[] {
  const need = requirementIn(draft)
  return workers
    .filter((worker) => domain === null || worker.domain === domain)
    .map((worker) => {
      const { status, state, current_running: taken, max_concurrency: slots } = worker
      return { worker, why: obstacle(need, worker, { status, state, taken, slots }) }
    })
    .toSorted((one, other) => Number(one.why !== null) - Number(other.why !== null))
}
