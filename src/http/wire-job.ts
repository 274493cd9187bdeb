import { definitionOf, type Job, type JobDefinition } from '../model/job.ts'
import { iso, isoOrNull } from '../model/time.ts'
import type { DefinitionDocument, JobDocument } from '../model/wire/job.ts'

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

/** A definition as the wire shows it. */
export function definitionDocument({ schedule, ...definition }: JobDefinition): DefinitionDocument {
  const { start_at, end_at } = schedule
  return { ...definition, schedule: { ...schedule, start_at: isoOrNull(start_at), end_at: isoOrNull(end_at) } }
}
