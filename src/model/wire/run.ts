import { z } from 'zod'
import { outcomes, runStatuses } from '../run.ts'
import { time, timeOrNull } from './time.ts'

const AttemptDocument = z.object({
  attempt: z.int(),
  worker_id: z.string(),
  start_ts: timeOrNull,
  end_ts: timeOrNull,
  returncode: z.int().nullable(),
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable(),
})

const HoldDocument = z.object({ kind: z.enum(['overlap', 'limit', 'after', 'paused']), of: z.string().nullable() })

/** A run as an overview shows it: every field, always. */
export const OverviewRun = z
  .object({
    _id: z.string(),
    job_id: z.string(),
    job_version: z.int(),
    job_name: z.string(),
    domain: z.string(),
    user: z.string(),
    priority: z.int(),
    queue: z.string(),
    worker_id: z.string().nullable(),
    status: z.enum(runStatuses),
    start_ts: timeOrNull,
    scheduled_ts: time,
    end_ts: timeOrNull,
    duration: z.number().nullable().describe('Seconds.'),
    returncode: z.int().nullable(),
    stdout: z.string(),
    stderr: z.string(),
    stdout_tail: z.string(),
    stderr_tail: z.string(),
    slot: z.int().nullable(),
    attempt: z.int(),
    retries_remaining: z.int(),
    failovers: z.int(),
    schedule_tick: timeOrNull,
    schedule_mode: z.string(),
    trigger: z.string(),
    retry_of: z.string().nullable().describe('The run that this one was asked for as a retry of.'),
    executor_type: z.string(),
    queue_latency_ms: z.number(),
    completion_reason: z.string().nullable(),
    not_before: time,
    hold: HoldDocument.nullable(),
    cancel_requested_at: timeOrNull,
    created_at: time,
  })
  .meta({ id: 'OverviewRun' })
export type OverviewRun = z.infer<typeof OverviewRun>

/** A run as lists of runs show it. An overview has twelve of each job, and looks for no retries. */
export const RunDocument = OverviewRun.extend({
  retried_as: z.string().nullable().describe('The newest run that was asked for as a retry of this one.'),
}).meta({ id: 'Run' })
export type RunDocument = z.infer<typeof RunDocument>

/** A run on its own: with its attempts, and what it alone has otherwise than its job. */
export const RunWithAttempts = RunDocument.extend({
  changes: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("What this run alone has otherwise than its job's definition: a merge patch of it (RFC 7396)."),
  attempts: z.array(AttemptDocument),
}).meta({ id: 'RunWithAttempts' })
export type RunWithAttempts = z.infer<typeof RunWithAttempts>

/** A run as a mark on a chart. */
export const RunMark = z
  .object({
    run_id: z.string(),
    status: z.enum(runStatuses),
    start_ts: timeOrNull,
    end_ts: timeOrNull,
    duration: z.number().nullable(),
  })
  .meta({ id: 'RunMark' })
export type RunMark = z.infer<typeof RunMark>

/** Why a run has not started. */
export const ExplanationDocument = z
  .object({
    summary: z.string(),
    since: timeOrNull,
    workers: z.array(z.object({ worker_id: z.string(), excluded_by: z.string().nullable() })),
    hold: HoldDocument.nullable(),
    no_worker: z.boolean().describe('It could run now, but no worker that takes new work fits.'),
  })
  .meta({ id: 'Explanation' })
export type ExplanationDocument = z.infer<typeof ExplanationDocument>

/** What may be said of a run that is asked for; nothing has to be. */
export const RunWish = z
  .object({
    changes: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe(
        'What this run alone is to have otherwise: a merge patch of the definition (RFC 7396), of its executor, timeout, ' +
          'completion, retries, priority, queue, user, affinity, on_worker_lost and max_failovers. The job stays as it is.',
      ),
  })
  .meta({ id: 'RunWish' })
export type RunWish = z.infer<typeof RunWish>
