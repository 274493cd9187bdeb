import { z } from 'zod'
import { Affinity } from '../model/affinity.ts'
import { Completion } from '../model/completion.ts'
import { Executor } from '../model/executor.ts'
import { definitionOf, type Job } from '../model/job.ts'
import { misfires, overlaps, scheduleModes } from '../model/schedule.ts'
import { iso, isoOrNull } from '../model/time.ts'

/** A time on the wire: ISO 8601 in UTC with milliseconds and Z. */
export const time = z.iso.datetime()
export const timeOrNull = time.nullable()

/** A job's schedule as it is answered. */
const ScheduleDocument = z.object({
  mode: z.enum(scheduleModes),
  cron: z.string().nullable(),
  interval_seconds: z.int().nullable(),
  start_at: timeOrNull,
  end_at: timeOrNull,
  timezone: z.string(),
  enabled: z.boolean(),
  next_run_at: timeOrNull,
  overlap: z.enum(overlaps),
  misfire: z.enum(misfires),
  jitter_seconds: z.int(),
})

/** A job as it is answered: every field, always. */
export const JobDocument = z
  .object({
    _id: z.string(),
    domain: z.string(),
    name: z.string(),
    key: z.string().nullable(),
    user: z.string(),
    priority: z.int(),
    queue: z.string(),
    affinity: Affinity,
    executor: Executor,
    schedule: ScheduleDocument,
    completion: Completion,
    retries: z.int(),
    timeout: z.int(),
    on_worker_lost: z.enum(['requeue', 'fail']),
    max_failovers: z.int(),
    keep_runs: z.int().nullable(),
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Job' })
export type JobDocument = z.infer<typeof JobDocument>

/** A job as the wire shows it. */
export function jobDocument(job: Job): JobDocument {
  const { name, key, user, priority, queue, affinity, executor, schedule, completion, ...rest } = definitionOf(job)
  return {
    _id: job._id,
    domain: job.domain,
    name,
    key,
    user,
    priority,
    queue,
    affinity,
    executor,
    schedule: {
      mode: schedule.mode,
      cron: schedule.cron,
      interval_seconds: schedule.interval_seconds,
      start_at: isoOrNull(schedule.start_at),
      end_at: isoOrNull(schedule.end_at),
      timezone: schedule.timezone,
      enabled: schedule.enabled,
      next_run_at: isoOrNull(job.next_run_at),
      overlap: schedule.overlap,
      misfire: schedule.misfire,
      jitter_seconds: schedule.jitter_seconds,
    },
    completion,
    ...rest,
    version: job.version,
    created_at: iso(job.created_at),
    updated_at: iso(job.updated_at),
  }
}

/** The answer to a validation. */
export const VerdictDocument = z
  .object({ valid: z.boolean(), errors: z.array(z.string()), warnings: z.array(z.string()), next_run_at: timeOrNull })
  .meta({ id: 'Verdict' })

/** A run was made. */
export const QueuedDocument = z
  .object({ job_id: z.string(), queued: z.literal(true), run_id: z.string() })
  .meta({ id: 'Queued' })
