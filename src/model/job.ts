import { z } from 'zod'
import { Affinity, subnetFaults } from './affinity.ts'
import { Completion } from './completion.ts'
import type { Fault } from './errors.ts'
import { Executor, PythonEnvironmentWish } from './executor.ts'
import { filled, nameOr, nameOrNull, wholeOr, wholeOrNull, wordOr } from './fields.ts'
import { Schedule } from './schedule.ts'
import type { Skip } from './skip.ts'
import type { Millis } from './time.ts'

/**
 * What a user writes to define a job, with its defaults. Unknown and read-only fields are dropped.
 * Source: the wire contract, "Job definition". Seconds for `timeout`; times in ms.
 */
export const JobDefinition = z.object(
  {
    name: filled(200),
    key: nameOrNull(200),
    user: nameOr('default'),
    priority: wholeOr(-1000, 1000, 5),
    queue: nameOr('default'),
    affinity: Affinity,
    executor: Executor,
    schedule: Schedule,
    completion: Completion,
    retries: wholeOr(0, 1000, 0),
    timeout: wholeOr(0, 31_536_000, 0),
    on_worker_lost: wordOr(['requeue', 'fail'], 'requeue'),
    max_failovers: wholeOr(0, 1000, 3),
    keep_runs: wholeOrNull(1, 1_000_000),
  },
  { error: 'the definition must be a JSON object' },
)
export type JobDefinition = z.infer<typeof JobDefinition>

/** Every fault of a definition at once, and the definition where there is none. Pure. */
export function parseDefinition(given: unknown): { definition: JobDefinition | null; faults: readonly Fault[] } {
  const parsed = JobDefinition.safeParse(given)
  const found = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message: said(message) }))
  const faults = [...found, ...subnetFaults(partOf(partOf(given, 'affinity'), 'subnets')), ...notYet(given)]
  return { definition: parsed.success && faults.length === 0 ? parsed.data : null, faults }
}

/** The parts of a definition that more than themselves is said of; null: that one is not valid. */
export type DefinitionParts = {
  readonly [Part in 'user' | 'queue' | 'affinity' | 'executor' | 'schedule']: JobDefinition[Part] | null
}

/** Those parts of a definition that are valid, whatever the others are. Pure. */
export function partsIn(given: unknown): DefinitionParts {
  const { user, queue, affinity, executor, schedule } = JobDefinition.shape
  const valid = <Part>(schema: z.ZodType<Part>, name: keyof DefinitionParts): Part | null => {
    const parsed = schema.safeParse(partOf(given, name))
    return parsed.success ? parsed.data : null
  }
  return {
    user: valid(user, 'user'),
    queue: valid(queue, 'queue'),
    affinity: valid(affinity, 'affinity'),
    executor: valid(executor, 'executor'),
    schedule: valid(schedule, 'schedule'),
  }
}

/** The executor of a definition, where that part of it is valid. Pure. */
export function executorIn(given: unknown): Executor | null {
  const parsed = Executor.safeParse(partOf(given, 'executor'))
  return parsed.success ? parsed.data : null
}

const partOf = (given: unknown, name: string): unknown =>
  typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined

/** Zod words a missing field as a wrong type; to the one who forgot it, it is required. */
const said = (message: string): string => (/received undefined/.test(message) ? 'is required' : message)

/**
 * What the contract knows and this version does not run yet: refused with a sentence, never accepted and left lying, and
 * whatever else is wrong: nobody is to mend all of a definition before he learns that it cannot run.
 */
function notYet(given: unknown): readonly Fault[] {
  const executor = partOf(given, 'executor')
  if (partOf(executor, 'type') !== 'python') return []
  const { type, requirements, requirements_file } = PythonEnvironmentWish.parse(partOf(executor, 'environment'))
  const later = (path: string, what: string): readonly Fault[] => [
    { path: `executor.environment.${path}`, message: `${what} is not available in this version` },
  ]
  if (type !== 'system') return later('type', `the environment ${type}`)
  if (requirements.length > 0) return later('requirements', 'the installation of requirements')
  return requirements_file === null ? [] : later('requirements_file', 'the installation of requirements')
}

/** A tick that was decided and whose consequences are not all written yet; whoever finds one finishes it. */
export interface Due {
  readonly tick: Millis
  /** The run to be inserted, under the tick's unique key; null when the tick is skipped. */
  readonly run_id: string | null
  readonly job_version: number
  /** The ledger's row as it is to stand, or null. */
  readonly skip: Skip | null
}

export const jobEffectKinds = ['cancel_runs'] as const

/** Something that follows from a change of a job, done at least once and then struck off. */
export interface JobEffect {
  readonly kind: (typeof jobEffectKinds)[number]
  readonly by: string
}

/** A stored schedule; a job has one today, and the list leaves room for more. */
export type StoredSchedule = Schedule & { readonly id: string }

/** A job as it is stored. Fields that a compare-and-set or an index needs stand at the top level. Times in ms. */
export interface Job extends Omit<JobDefinition, 'schedule'> {
  readonly _id: string
  readonly domain: string
  readonly schedules: readonly [StoredSchedule]
  /** The earliest planned tick; null when none is left or the schedule is paused. */
  readonly next_run_at: Millis | null
  /** The newest tick ever decided: no plan yields one at or before it. */
  readonly last_tick: Millis | null
  readonly last_skip: Skip | null
  readonly due: Due | null
  readonly effects: readonly JobEffect[]
  /** Counts the edits; a run names the one that it executes. */
  readonly version: number
  /** Counts every write of this document; the compare-and-set of all changes rests on it. */
  readonly rev: number
  readonly created_at: Millis
  readonly updated_at: Millis
  /** Who wrote the present version, by the token's name; null where nobody noted it. */
  readonly updated_by: string | null
  readonly deleted_at: Millis | null
  readonly retry: null
  readonly limits: null
}

/** What a job leaves to be finished: 1 a decided tick, 2 effects alone, 0 nothing. What is due does not wait for what was deleted. */
export const openOf = ({ due, effects }: Pick<Job, 'due' | 'effects'>): 0 | 1 | 2 =>
  due !== null ? 1 : effects.length > 0 ? 2 : 0

/** A definition as it was at one version of its job; runs execute it in every attempt. */
export interface JobVersion {
  readonly job_id: string
  readonly version: number
  readonly definition: JobDefinition
  readonly created_at: Millis
  /** Who wrote it, by the token's name; null where nobody noted it. */
  readonly actor: string | null
}

/** The schedule's name inside a tick's unique key, `job:schedule:tick`. */
export const mainSchedule = 'main'

export const tickKey = (jobId: string, tick: Millis): string => `${jobId}:${mainSchedule}:${tick}`

/** The schedule without what the store adds to it. */
export function scheduleOf(job: Job): Schedule {
  const { id: _, ...schedule } = job.schedules[0]
  return schedule
}

/** The definition inside a stored job. */
export function definitionOf(job: Job): JobDefinition {
  const {
    name,
    key,
    user,
    priority,
    queue,
    affinity,
    executor,
    completion,
    retries,
    timeout,
    on_worker_lost,
    max_failovers,
    keep_runs,
  } = job
  const schedule = scheduleOf(job)
  return {
    name,
    key,
    user,
    priority,
    queue,
    affinity,
    executor,
    schedule,
    completion,
    retries,
    timeout,
    on_worker_lost,
    max_failovers,
    keep_runs,
  }
}

/** The version that a job is at. */
export const presentVersion = (job: Job): JobVersion => ({
  job_id: job._id,
  version: job.version,
  definition: definitionOf(job),
  created_at: job.updated_at,
  actor: job.updated_by,
})
