import type {
  DomainDocument,
  JobDocument,
  RunDocument,
  RunStatus,
  TokenDocument,
  WorkerDocument,
} from '../client/index.ts'
import type { Column, Style } from './table.ts'
import { span } from './text.ts'

/** An id is told apart by so many characters: the time in it, and some that follow. */
const shownId = 18

const styles = {
  pending: 'yellow',
  dispatched: 'cyan',
  running: 'cyan',
  retrying: 'yellow',
  success: 'green',
  failed: 'red',
  timed_out: 'red',
  cancelled: 'dim',
} as const satisfies Record<RunStatus, Style>

export const runColumns: readonly Column<RunDocument>[] = [
  { title: 'RUN', cell: ({ _id }) => _id, least: shownId, isId: true },
  { title: 'JOB', cell: ({ job_name }) => job_name, least: 8 },
  { title: 'STATUS', cell: ({ status }) => status, style: ({ status }) => styles[status] },
  { title: 'STARTED', cell: ({ start_ts }) => ({ moment: start_ts }) },
  { title: 'TOOK', cell: ({ duration }) => ({ seconds: duration }) },
  { title: 'EXIT', cell: ({ returncode }) => returncode },
  { title: 'REASON', cell: reasonOf, least: 10 },
]

/** Why a run ended; of one that is asked to end and has not yet, that it is. */
export function reasonOf(
  run: Pick<RunDocument, 'completion_reason' | 'cancel_requested_at' | 'end_ts'>,
): string | null {
  const isAsked = run.cancel_requested_at !== null && run.end_ts === null
  return run.completion_reason ?? (isAsked ? 'cancel requested' : null)
}

export const jobColumns: readonly Column<JobDocument>[] = [
  { title: 'JOB', cell: ({ _id }) => _id, least: shownId, isId: true },
  { title: 'NAME', cell: ({ name }) => name, least: 8 },
  { title: 'KEY', cell: ({ key }) => key, least: 6 },
  { title: 'SCHEDULE', cell: scheduleOf, least: 10 },
  { title: 'NEXT RUN', cell: ({ schedule }) => ({ moment: schedule.next_run_at }) },
  { title: 'QUEUE', cell: ({ queue }) => queue, least: 6 },
]

/** `cron 0 3 * * * Europe/Berlin`, `every 5m`, `paused, every 5m`, `immediate`. */
function scheduleOf({ schedule }: JobDocument): string {
  const { mode, enabled, cron, interval_seconds, timezone } = schedule
  if (mode === 'immediate') return mode
  const when = mode === 'cron' ? `cron ${cron} ${timezone}` : `every ${span(interval_seconds ?? 0)}`
  return enabled ? when : `paused, ${when}`
}

const lookOf = ({ status, state }: WorkerDocument): string =>
  status === 'offline' || state === 'online' ? status : state

export const workerColumns: readonly Column<WorkerDocument>[] = [
  { title: 'WORKER', cell: ({ worker_id }) => worker_id, least: 12 },
  { title: 'DOMAIN', cell: ({ domain }) => domain, least: 6 },
  {
    title: 'STATE',
    cell: lookOf,
    style: (worker) => (lookOf(worker) === 'online' ? 'green' : worker.status === 'offline' ? 'red' : 'yellow'),
  },
  { title: 'RUNS', cell: ({ current_running, max_concurrency }) => `${current_running}/${max_concurrency}` },
  { title: 'OS', cell: ({ os }) => os },
  { title: 'TAGS', cell: ({ tags }) => tags.join(','), least: 6 },
  { title: 'QUEUES', cell: ({ queues }) => queues.join(','), least: 6 },
  {
    title: 'SEEN',
    cell: ({ last_heartbeat }) => ({ moment: new Date(last_heartbeat * 1000).toISOString() }),
  },
  { title: 'VERSION', cell: ({ version }) => version },
]

export const domainColumns: readonly Column<DomainDocument>[] = [
  { title: 'DOMAIN', cell: ({ domain }) => domain, least: 8 },
  { title: 'NAME', cell: ({ display_name }) => display_name, least: 8 },
  { title: 'JOBS', cell: ({ jobs_count }) => jobs_count },
  { title: 'RUNS', cell: ({ runs_count }) => runs_count },
  { title: 'WORKERS', cell: ({ workers_count }) => workers_count },
  { title: 'DESCRIPTION', cell: ({ description }) => description, least: 10 },
]

export const tokenColumns: readonly Column<TokenDocument>[] = [
  { title: 'TOKEN', cell: ({ id }) => id, least: shownId, isId: true },
  { title: 'NAME', cell: ({ name }) => name, least: 8 },
  { title: 'ROLE', cell: ({ role }) => role },
  { title: 'CREATED', cell: ({ created_at }) => ({ moment: created_at }) },
  { title: 'EXPIRES', cell: ({ expires_at }) => ({ moment: expires_at }) },
  { title: 'LAST USED', cell: ({ last_used_at }) => ({ moment: last_used_at }) },
]
