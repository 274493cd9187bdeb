import { isFields } from '../../model/document.ts'
import { type Job, JobDefinition, type JobVersion, mainSchedule } from '../../model/job.ts'
import { newJob } from '../../model/job-plan.ts'
import { nextTick } from '../../model/schedule.ts'
import { iso, type Millis } from '../../model/time.ts'
import { idOf, madeAt, momentIn, textOf } from './seed-values.ts'
import type { Fields } from './stored.ts'

/** A job of the seed's system as one of ours; `dropped`: fields whose values could not be used, which have their defaults. */
export interface LiftedJob {
  readonly job: Job
  readonly version: JobVersion
  readonly dropped: readonly string[]
}

/** Times of its schedule were dates there, and are ISO 8601 to the schema. */
function definitionIn(document: Fields): Fields {
  if (!isFields(document.schedule)) return document
  const { start_at, end_at, ...rest } = document.schedule
  const time = (value: unknown): string | null => {
    const at = momentIn(value)
    return at === null ? null : iso(at)
  }
  return { ...document, schedule: { ...rest, start_at: time(start_at), end_at: time(end_at) } }
}

/**
 * Reads a job that the seed's system wrote; missing fields take their defaults. Null where it has no name or nothing to
 * execute. It keeps its planned tick; one that was to run at once has run, and does not again.
 */
export function liftedJob(document: Fields, now: Millis): LiftedJob | null {
  const id = idOf(document._id)
  const [read, dropped] = parsed(definitionIn(document))
  if (id === null || read === null) return null
  // Whose schedule cannot be read does not run by itself.
  const definition = dropped.includes('schedule') ? { ...read, schedule: { ...read.schedule, enabled: false } } : read
  const created_at = momentIn(document.created_at) ?? madeAt(document._id) ?? now
  const domain = textOf(document.domain) ?? 'prod'
  const { job, version } = newJob(id, { home: domain, actor: '' }, definition, created_at)
  const planned = isFields(document.schedule) ? momentIn(document.schedule.next_run_at) : null
  const { schedule } = definition
  const plannable = schedule.enabled && schedule.mode !== 'immediate'
  const next = plannable ? (planned ?? nextTick(schedule, created_at, now)) : null
  const isOver = schedule.mode !== 'immediate' && next === null
  return {
    job: {
      ...job,
      schedules: [{ ...schedule, enabled: schedule.enabled && !isOver, id: mainSchedule }],
      next_run_at: next,
      updated_at: momentIn(document.updated_at) ?? created_at,
      updated_by: null,
    },
    version: { ...version, actor: null },
    dropped,
  }
}

/** Fields without which there is no job. */
const needed: ReadonlySet<unknown> = new Set(['name', 'executor'])

/** What cannot be used is dropped, but for what is needed. */
function parsed(given: Fields): [definition: JobDefinition | null, dropped: readonly string[]] {
  const first = JobDefinition.safeParse(given)
  if (first.success) return [first.data, []]
  const faulty = [...new Set(first.error.issues.map(({ path }) => String(path[0])))]
  if (faulty.some((field) => needed.has(field))) return [null, []]
  const rest = Object.fromEntries(Object.entries(given).filter(([field]) => !faulty.includes(field)))
  const second = JobDefinition.safeParse(rest)
  return second.success ? [second.data, faulty] : [null, []]
}
