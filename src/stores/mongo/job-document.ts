import { z } from 'zod'
import { Affinity } from '../../model/affinity.ts'
import { Completion } from '../../model/completion.ts'
import { Executor } from '../../model/executor.ts'
import { definitionOf, type Job, type JobVersion, jobEffectKinds, openOf } from '../../model/job.ts'
import { searchText } from '../../model/job-order.ts'
import type { Run } from '../../model/run.ts'
import { misfires, overlaps, type Schedule, scheduleModes } from '../../model/schedule.ts'
import { Skip } from '../../model/skip.ts'
import type { Millis } from '../../model/time.ts'
import { readRunDocument, runDocument } from './run-document.ts'
import { type Fields, reader, type Stored } from './stored.ts'

/**
 * Texts as they are sorted and looked into: the bytes of UTF-8, a character each. Servers differ in how they order characters
 * beyond 16 bits; this order is the same on all, and the same as SQLite's.
 */
export const sortable = (text: string): string => Buffer.from(text).toString('latin1')

/** Present in every document, so that its index can be unique: a deleted job gives its key back. */
const keyUnique = (job: Job): string =>
  job.key === null || job.deleted_at !== null ? `id:${job._id}` : `key:${job.domain}:${job.key}`

/** The environment of an executor as a list: the names in it are free, and not every name can be a field's. */
function storedExecutor({ env, ...rest }: Executor): Fields {
  return { ...rest, env: Object.entries(env).map(([name, value]) => ({ name, value })) }
}

/** What follows from a job's fields, and is looked for. */
function derived(job: Job): Fields {
  const [schedule] = job.schedules
  return {
    key_unique: keyUnique(job),
    text: sortable(searchText(job)),
    mode: schedule.mode,
    enabled: schedule.enabled,
    open: openOf(job),
    deleted: job.deleted_at === null ? 0 : 1,
    keeps: job.keep_runs === null ? 0 : 1,
  }
}

/**
 * A job's document. Beside its own fields and what is derived from them: `order`, which lists follow (the id, but for jobs of
 * an earlier system); `versioned`, what of the present version the job itself does not say, for until the next edit the
 * version lies nowhere else; and `first`, its first run until that is inserted.
 */
export function jobDocument(job: Job, version: JobVersion, first: Run | null): Stored {
  return {
    ...job,
    ...derived(job),
    executor: storedExecutor(job.executor),
    order: job._id,
    ...versionedBy(version),
    first: first === null ? null : runDocument(first),
    ...(first !== null && { open: 1 }),
  }
}

const versionedBy = ({ created_at, definition, actor }: JobVersion): Fields => ({
  versioned: { at: created_at, actor, schedule: definition.schedule },
})

/** What a change of a job sets. */
export function jobChanges(before: Job, after: Job, version: JobVersion | null): Fields {
  const [old, set] = [
    { ...before, ...derived(before) },
    { ...after, ...derived(after) },
  ]
  const known: Fields = old
  const changed = Object.entries(set).filter(
    ([name, value]) => known[name] !== value && name !== '_id' && name !== 'rev',
  )
  const { executor, ...rest } = Object.fromEntries(changed)
  return {
    ...rest,
    ...(executor !== undefined && { executor: storedExecutor(after.executor) }),
    ...(version !== null && versionedBy(version)),
  }
}

const StoredExecutor = z.preprocess((value) => {
  const parsed = z.looseObject({ env: z.array(z.object({ name: z.string(), value: z.string() })) }).safeParse(value)
  if (!parsed.success) return value
  const { env, ...rest } = parsed.data
  return { ...rest, env: Object.fromEntries(env.map(({ name, value: text }) => [name, text])) }
}, Executor)

const ScheduleFields = z.object({
  mode: z.enum(scheduleModes),
  cron: z.string().nullable(),
  interval_seconds: z.number().nullable(),
  start_at: z.number().nullable(),
  end_at: z.number().nullable(),
  timezone: z.string(),
  enabled: z.boolean(),
  overlap: z.enum(overlaps),
  misfire: z.enum(misfires),
  jitter_seconds: z.number(),
})

const Defined = {
  name: z.string(),
  key: z.string().nullable(),
  user: z.string(),
  priority: z.number(),
  queue: z.string(),
  affinity: Affinity,
  executor: StoredExecutor,
  completion: Completion,
  retries: z.number(),
  timeout: z.number(),
  on_worker_lost: z.enum(['requeue', 'fail']),
  max_failovers: z.number(),
  keep_runs: z.number().nullable(),
}

const JobFields = z.object({
  ...Defined,
  _id: z.string(),
  domain: z.string(),
  schedules: z.tuple([ScheduleFields.extend({ id: z.string() })]),
  next_run_at: z.number().nullable(),
  last_tick: z.number().nullable(),
  last_skip: Skip.nullable(),
  due: z
    .object({ tick: z.number(), run_id: z.string().nullable(), job_version: z.number(), skip: Skip.nullable() })
    .nullable(),
  effects: z.array(z.object({ kind: z.enum(jobEffectKinds), by: z.string() })),
  version: z.number(),
  rev: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
  updated_by: z.string().nullable(),
  deleted_at: z.number().nullable(),
  retry: z.null(),
  limits: z.null(),
})

export const readJob: (document: unknown) => Job = reader('job', JobFields)

const readVersioned: (document: unknown) => {
  readonly versioned: { readonly at: Millis; readonly actor: string | null; readonly schedule: Schedule }
} = reader(
  'job',
  z.object({ versioned: z.object({ at: z.number(), actor: z.string().nullable(), schedule: ScheduleFields }) }),
)

const readFirst = reader('job', z.object({ first: z.unknown().optional() }))

/** The first run of a job that is not known to be inserted yet. */
export function firstRunOf(document: unknown): Run | null {
  const { first } = readFirst(document)
  return first === null || first === undefined ? null : readRunDocument(first).run
}

/** The present version, out of the job itself. */
export function presentVersion(document: unknown): JobVersion {
  const [job, { versioned }] = [readJob(document), readVersioned(document)]
  const definition = { ...definitionOf(job), schedule: versioned.schedule }
  return { job_id: job._id, version: job.version, definition, created_at: versioned.at, actor: versioned.actor }
}

/** Versions are numbered in their ids, so that those of a job lie in order. */
export const versionId = (jobId: string, version: number): string => `${jobId}:${String(version).padStart(10, '0')}`

export function versionDocument({ job_id, version, definition, created_at, actor }: JobVersion): Stored {
  const stored = { ...definition, executor: storedExecutor(definition.executor) }
  return { _id: versionId(job_id, version), job_id, version, definition: stored, created_at, actor }
}

export const readVersion: (document: unknown) => JobVersion = reader(
  'version of a job',
  z.object({
    job_id: z.string(),
    version: z.number(),
    definition: z.object({ ...Defined, schedule: ScheduleFields }),
    created_at: z.number(),
    actor: z.string().nullable(),
  }),
)
