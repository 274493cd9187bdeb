import type { JobAct, JobChoice, RunAct, RunChoice } from '../model/bulk.ts'
import type { RunStatus } from '../model/run-status.ts'
import { finalStatuses, liveStatuses } from '../model/run-status.ts'
import type { Store } from '../ports/store.ts'
import type { BulkKind } from './bulk.ts'
import type { Jobs } from './jobs.ts'
import type { Runs } from './runs.ts'
import { sees } from './scope.ts'

export interface JobSample {
  readonly id: string
  readonly name: string
}

export interface RunSample extends JobSample {
  readonly job_id: string
  readonly status: RunStatus
}

/** What each act would change: a filter finds no others. Those that are named by their ids are tried, and say why not. */
const meantFor = {
  pause: true,
  resume: false,
  run: null,
  delete: null,
} as const satisfies Record<JobAct, boolean | null>

const meantForRuns = { cancel: liveStatuses, retry: finalStatuses } as const satisfies Record<
  RunAct,
  readonly RunStatus[]
>

/** Pause and resume schedules, start runs, delete. */
export const jobsInBulk = (store: Pick<Store, 'jobs'>, jobs: Jobs): BulkKind<JobAct, JobChoice, JobSample> => ({
  name: 'job',
  async ids({ domain }, act, { q = null, mode = null, enabled = null, queue = null }, page) {
    const meant = meantFor[act]
    if (meant !== null && enabled !== null && enabled !== meant) return []
    return store.jobs.ids({ domain, q, mode, queue, enabled: enabled ?? meant }, page)
  },
  async seen(scope, ids) {
    const found = await Promise.all(ids.map((id) => store.jobs.get(id)))
    return found.flatMap((job) =>
      job === null || job.deleted_at !== null || !sees(scope, job.domain) ? [] : { id: job._id, name: job.name },
    )
  },
  async act(scope, act, id, run_id) {
    if (act === 'delete') await jobs.remove(scope, id)
    else if (act === 'run') await jobs.run(scope, id, { ids: run_id === null ? null : { run_id } })
    else await jobs.setEnabled(scope, id, act === 'resume')
  },
})

/** Cancel, and start the jobs of runs that are over once more. */
export const runsInBulk = (store: Pick<Store, 'runs'>, runs: Runs): BulkKind<RunAct, RunChoice, RunSample> => ({
  name: 'run',
  async ids({ domain }, act, choice, page) {
    const { status, job_id = null, worker_id = null, user = null, since = null, until = null, q = null } = choice
    const meant: readonly RunStatus[] = meantForRuns[act]
    const statuses = status === undefined ? meant : meant.filter((one) => status.includes(one))
    if (statuses.length === 0) return []
    return store.runs.ids({ domain, status: statuses, job_id, worker_id, user, since, until, q }, page)
  },
  async seen(scope, ids) {
    const found = new Map((await store.runs.byIds(ids)).map((run) => [run._id, run]))
    return ids.flatMap((id) => {
      const run = found.get(id)
      if (run === undefined || !sees(scope, run.domain)) return []
      return { id, job_id: run.job_id, name: run.job_name, status: run.status }
    })
  },
  async act(scope, act, id, run_id) {
    if (act === 'cancel') await runs.cancel(scope, id)
    else await runs.retry(scope, id, { ids: run_id === null ? null : { run_id } })
  },
})
