import { z } from 'zod'
import { Affinity } from '../affinity.ts'
import { Completion } from '../completion.ts'
import { Executor } from '../executor.ts'
import { misfires, overlaps, scheduleModes } from '../schedule.ts'
import { time, timeOrNull } from './time.ts'

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

/** What a user defines of a job, every field. */
const DefinitionDocument = JobDocument.omit({
  _id: true,
  domain: true,
  version: true,
  created_at: true,
  updated_at: true,
})
  .extend({ schedule: ScheduleDocument.omit({ next_run_at: true }) })
  .meta({ id: 'Definition' })
export type DefinitionDocument = z.infer<typeof DefinitionDocument>

/** A job as it was at one of its versions. */
export const VersionDocument = z
  .object({
    version: z.int(),
    actor: z.string().nullable().describe('The name of the token that made it; null where nobody noted it.'),
    created_at: time,
    definition: DefinitionDocument,
  })
  .meta({ id: 'Version' })
export type VersionDocument = z.infer<typeof VersionDocument>

/** The answer to a validation. */
export const VerdictDocument = z
  .object({ valid: z.boolean(), errors: z.array(z.string()), warnings: z.array(z.string()), next_run_at: timeOrNull })
  .meta({ id: 'Verdict' })
export type VerdictDocument = z.infer<typeof VerdictDocument>

/** A run was made. */
export const QueuedDocument = z
  .object({ job_id: z.string(), queued: z.literal(true), run_id: z.string() })
  .meta({ id: 'Queued' })
export type QueuedDocument = z.infer<typeof QueuedDocument>

/** A job was deleted. */
export const DeletedDocument = z.object({ ok: z.literal(true), cancelled: z.int() })
export type DeletedDocument = z.infer<typeof DeletedDocument>
