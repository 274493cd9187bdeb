import type { Attempt, Run } from '../model/run.ts'
import { queueLatency } from '../model/run-life.ts'
import { iso, isoOrNull, type Millis } from '../model/time.ts'
import type { ExplanationDocument, OverviewRun, RunDocument, RunMark, RunWithAttempts } from '../model/wire/run.ts'
import type { Explanation, StoredRun } from '../scheduler/views.ts'

/** The last characters of a text; never half of a surrogate pair. */
export function tailOfText(text: string, length: number): string {
  if (text.length <= length) return text
  if (length === 0) return ''
  const tail = text.slice(-length)
  const first = tail.charCodeAt(0)
  return first >= 0xdc00 && first <= 0xdfff ? tail.slice(1) : tail
}

/** A run as an overview shows it. @param tail characters of each tail; where not `whole`, stdout and stderr equal the tails */
export function overviewRun(
  { run, output }: StoredRun,
  { now, tail, whole }: { now: Millis; tail: number; whole: boolean },
): OverviewRun {
  const [stdout_tail, stderr_tail] = [tailOfText(output.stdout, tail), tailOfText(output.stderr, tail)]
  const isOver = run.end_ts !== null && run.start_ts !== null
  return {
    _id: run._id,
    job_id: run.job_id,
    job_version: run.job_version,
    job_name: run.job_name,
    domain: run.domain,
    user: run.user,
    priority: run.priority,
    queue: run.queue,
    worker_id: run.worker_id,
    status: run.status,
    start_ts: isoOrNull(run.start_ts),
    scheduled_ts: iso(run.scheduled_ts),
    end_ts: isoOrNull(run.end_ts),
    duration: isOver ? ((run.end_ts ?? 0) - (run.start_ts ?? 0)) / 1000 : null,
    returncode: run.returncode,
    stdout: whole ? output.stdout : stdout_tail,
    stderr: whole ? output.stderr : stderr_tail,
    stdout_tail,
    stderr_tail,
    slot: run.slot,
    attempt: run.attempt,
    retries_remaining: run.retries_remaining,
    failovers: run.failovers,
    schedule_tick: isoOrNull(run.schedule_tick),
    schedule_mode: run.schedule_mode,
    trigger: run.trigger,
    retry_of: run.retry_of ?? null,
    executor_type: run.executor_type,
    queue_latency_ms: queueLatency(run, now),
    completion_reason: run.completion_reason,
    not_before: iso(run.not_before),
    hold: run.hold,
    cancel_requested_at: isoOrNull(run.cancel_requested_at),
    created_at: iso(run.created_at),
  }
}

/** As `overviewRun`, with the run that it was retried as. */
export const runDocument = (
  stored: StoredRun,
  { now, tail, retries }: { now: Millis; tail: number; retries: ReadonlyMap<string, string> },
): RunDocument => ({
  ...overviewRun(stored, { now, tail, whole: false }),
  retried_as: retries.get(stored.run._id) ?? null,
})

/** As `runDocument`, whole, with what it has of its own and with its attempts. */
export const runWithAttempts = (
  stored: StoredRun,
  { now, tail, retries }: { now: Millis; tail: number; retries: ReadonlyMap<string, string> },
): RunWithAttempts => ({
  ...overviewRun(stored, { now, tail, whole: true }),
  retried_as: retries.get(stored.run._id) ?? null,
  changes: stored.run.changes ?? null,
  attempts: stored.run.attempts.map(attemptDocument),
})

const attemptDocument = ({ attempt, worker_id, start_ts, end_ts, returncode, outcome, reason }: Attempt) => ({
  attempt,
  worker_id,
  start_ts: isoOrNull(start_ts),
  end_ts: isoOrNull(end_ts),
  returncode,
  outcome,
  reason,
})

export const runMark = (run: Run): RunMark => ({
  run_id: run._id,
  status: run.status,
  start_ts: isoOrNull(run.start_ts),
  end_ts: isoOrNull(run.end_ts),
  duration: run.end_ts !== null && run.start_ts !== null ? (run.end_ts - run.start_ts) / 1000 : null,
})

export const explanationDocument = ({
  summary,
  since,
  workers,
  hold,
  no_worker,
}: Explanation): ExplanationDocument => ({
  summary,
  since: isoOrNull(since),
  workers: workers.map(({ worker_id, excluded_by }) => ({ worker_id, excluded_by })),
  hold,
  no_worker,
})
