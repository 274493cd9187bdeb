import { HydraError, invalid, notFound } from '../model/errors.ts'
import type { EnqueueReason } from '../model/event.ts'
import type { Job, JobDefinition, JobVersion } from '../model/job.ts'
import { definitionOf } from '../model/job.ts'
import { newJob, replanned } from '../model/job-plan.ts'
import { newRun, type Run } from '../model/run.ts'
import { changedPaths } from '../model/run-changes.ts'
import { nextTick } from '../model/schedule.ts'
import type { Page, Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { newId } from '../runtime/ids.ts'
import { audited } from './audit.ts'
import { type CodeFaults, checked } from './checked.ts'
import type { Clock } from './clock.ts'
import type { Definitions } from './definitions.ts'
import type { EventHub } from './event-hub.ts'
import type { Finisher } from './finisher.ts'
import { deleted, deletionTold, edited, editTold } from './job-edits.ts'
import { knownFields, patched } from './merge.ts'
import { runDefinition } from './run-definition.ts'
import { type Scope, sees } from './scope.ts'
import type { Placed, Submission } from './submission.ts'
import { jobChanged, jobSubmitted, manualRun, tickSkipped } from './tell.ts'
import { type Verdict, verdict } from './verdict.ts'

/** How often a compare-and-set is tried again with what another wrote before it. */
const tries = 10

export interface JobsParts {
  readonly store: Store
  readonly hub: EventHub
  readonly definitions: Definitions
  readonly submission: Submission
  readonly finisher: Finisher
  readonly clock: Clock
  readonly codeFaults: CodeFaults
  /** A plan changed: the tick loop looks again. */
  readonly planned: () => void
}

/** What a manual run is to be. */
export interface RunWish {
  readonly ids: { readonly run_id: string } | null
  /** The run that it is a retry of. */
  readonly of?: Run['retry_of']
  /** What it alone is to have otherwise, as it was asked for. */
  readonly changes?: unknown
}

/** What users do with job definitions. Every method sees the scope's domain alone; what is foreign is not there. */
export class Jobs {
  readonly #parts: JobsParts

  constructor(parts: JobsParts) {
    this.#parts = parts
  }

  /**
   * Stores a definition; `immediate` and adhoc ones get their run at once.
   * @param how.ids the ids to use, where a repeat must find what the first attempt made
   * @throws INVALID with every fault; CONFLICT when its key is another job's
   */
  async submit(
    scope: Scope,
    given: unknown,
    how: { readonly adhoc: boolean; readonly ids: { readonly job_id: string; readonly run_id: string } | null },
  ): Promise<{ job: Job; run_id: string | null }> {
    const { store, submission, definitions, clock, codeFaults } = this.#parts
    const { definition, faults } = await checked(how.adhoc ? asAdhoc(given) : given, codeFaults)
    if (definition === null) throw invalid(faults)
    const now = clock.now()
    const { job, version } = newJob(how.ids?.job_id ?? newId(), scope, definition, now)
    const runsNow = how.adhoc || (definition.schedule.mode === 'immediate' && definition.schedule.enabled)
    const trigger: EnqueueReason = how.adhoc ? 'adhoc_run' : 'immediate_submit'
    const occasion = { run_id: how.ids?.run_id ?? newId(), trigger, tick: how.adhoc ? null : now, now }
    let placed = runsNow ? await submission.place(newRun(job, version, occasion)) : null
    const run_id = placed?.run._id ?? null
    const action = how.adhoc ? 'job.adhoc' : 'job.create'
    const told = audited(scope, now, { action, domain: job.domain, object: job._id, after: { name: job.name } })
    try {
      const written = await store.jobs.insert(job, version, placed?.run ?? null, told)
      if (written === 'key_taken') throw keyTaken(definition.key)
      if (written === 'present') return await this.#found(job._id, placed)
      // Its run is another's to send: what was placed here must not be given to anybody.
      if (written === 'overtaken') {
        if (placed) await submission.giveUp(placed)
        placed = null
      }
    } catch (error) {
      if (placed) await submission.giveUp(placed)
      throw error
    }
    definitions.keep(version)
    await submission.send(placed ? [placed] : [], [jobSubmitted(job, job.next_run_at, now)])
    if (job.next_run_at !== null) this.#parts.planned()
    return { job, run_id }
  }

  /** A repeat of a submission that a crash cut off: what the first one began is finished. */
  async #found(id: string, placed: Placed | null): Promise<{ job: Job; run_id: string | null }> {
    const { store, submission, finisher } = this.#parts
    if (placed) await submission.giveUp(placed)
    const job = await store.jobs.get(id)
    if (job === null) throw notFound('job', id)
    await finisher.finish([job])
    return { job, run_id: placed?.run._id ?? null }
  }

  /** Checks a definition without storing anything. */
  async validate(given: unknown): Promise<Verdict> {
    const { clock, codeFaults } = this.#parts
    const now = clock.now()
    return verdict(
      given,
      await checked(given, codeFaults),
      (schedule) =>
        nextTick(schedule, now, now - 1) ?? (schedule.mode === 'immediate' && schedule.enabled ? now : null),
    )
  }

  /** Checks a stored job with a patch merged into it, without storing anything. */
  async validateStored(scope: Scope, id: string, patch: Readonly<Record<string, unknown>>): Promise<Verdict> {
    const job = await this.get(scope, id)
    const { clock, codeFaults } = this.#parts
    const given = patched(job, patch)
    const found = await checked(given, codeFaults)
    return verdict(given, found, (schedule) => replanned(job, schedule, clock.now()).next_run_at)
  }

  /** @throws NOT_FOUND, also for another tenant's and for a deleted one */
  async get(scope: Scope, id: string): Promise<Job> {
    const job = await this.#parts.store.jobs.get(id)
    if (job === null || job.deleted_at !== null || !sees(scope, job.domain)) throw notFound('job', id)
    return job
  }

  /** A page of the job's versions: what it was, since when, and by whom. @throws NOT_FOUND */
  async versions(scope: Scope, id: string, page: Page): Promise<readonly JobVersion[]> {
    await this.get(scope, id)
    return this.#parts.store.jobs.versions(id, page)
  }

  /**
   * Merges a patch into the job (RFC 7396). @param expected refuses a job that is not at the version that the caller has seen
   * @throws NOTHING_TO_UPDATE, INVALID, NOT_FOUND, CONFLICT, and what `expected` throws
   */
  async update(
    scope: Scope,
    id: string,
    patch: Readonly<Record<string, unknown>>,
    expected: (job: Job) => void = () => {},
  ): Promise<Job> {
    return this.#edit(scope, id, async (before) => {
      expected(before)
      if (Object.keys(knownFields(patch)).length === 0)
        throw new HydraError('NOTHING_TO_UPDATE', 'The body names no field that a job has.')
      const { definition, faults } = await checked(patched(before, patch), this.#parts.codeFaults)
      if (definition === null) throw invalid(faults)
      return definition
    })
  }

  /** Pauses or resumes the schedule, as an update would; a job that stands as asked is left as it is. @throws NOT_FOUND, CONFLICT */
  async setEnabled(scope: Scope, id: string, enabled: boolean): Promise<Job> {
    return this.#edit(scope, id, (before) => {
      const definition = definitionOf(before)
      const { schedule } = definition
      return schedule.enabled === enabled ? null : { ...definition, schedule: { ...schedule, enabled } }
    })
  }

  /** Writes what `change` makes of the job, at the version that it was shown; null leaves the job as it is. */
  async #edit(
    scope: Scope,
    id: string,
    change: (before: Job) => Promise<JobDefinition> | JobDefinition | null,
  ): Promise<Job> {
    const { store, hub, definitions, finisher, clock } = this.#parts
    for (let left = tries; left > 0; left -= 1) {
      const before = await this.get(scope, id)
      const definition = await change(before)
      if (definition === null) return before
      const now = clock.now()
      const plan = replanned(before, definition.schedule, now)
      if (plan.due !== before.due && before.due !== null) {
        // Its earlier tick is being finished: only one at a time stands in the job.
        await finisher.finish([before])
        continue
      }
      const { after, version } = edited(before, definition, plan, { actor: scope.actor, now })
      if (await store.jobs.replace(before, after, version, editTold(scope, before, after))) {
        definitions.keep(version)
        const skip = after.due === before.due ? null : (after.due?.skip ?? null)
        const told = [jobChanged('job_updated', after, now), ...(skip === null ? [] : [tickSkipped(skip, now)])]
        if (skip === null) hub.publish(told)
        else await finisher.finish([after], told)
        this.#parts.planned()
        return after
      }
      const stored = await store.jobs.get(id)
      if (stored?.rev === before.rev) throw keyTaken(definition.key)
    }
    throw new HydraError('CONFLICT', 'The job is being changed by others; try again.')
  }

  /**
   * Deletes: with the same write the job ticks no more and is gone from every list. Its runs that wait are cancelled,
   * those that run are told to stop.
   * @param expected as for `update`
   */
  async remove(scope: Scope, id: string, expected: (job: Job) => void = () => {}): Promise<{ cancelled: number }> {
    const { store, hub, finisher, clock } = this.#parts
    for (let left = tries; left > 0; left -= 1) {
      const before = await this.get(scope, id)
      expected(before)
      const now = clock.now()
      const after = deleted(before, { actor: scope.actor, now })
      if (!(await store.jobs.replace(before, after, null, deletionTold(scope, before, now)))) continue
      failPoint('delete.stored')
      hub.publish([jobChanged('job_deleted', after, now)])
      return { cancelled: await finisher.finishDeleted(after) }
    }
    throw new HydraError('CONFLICT', 'The job is being changed by others; try again.')
  }

  /** A manual run, whatever the schedule says; the cadence is untouched. @throws NOT_FOUND; INVALID for what it cannot be given */
  async run(
    scope: Scope,
    id: string,
    { ids, of = null, changes }: RunWish,
  ): Promise<{ job_id: string; run_id: string }> {
    const { store, submission, clock, codeFaults } = this.#parts
    const job = await this.get(scope, id)
    const run_id = ids?.run_id ?? newId()
    const made = await runDefinition(job, changes, codeFaults)
    const now = clock.now()
    const occasion = { run_id, trigger: 'manual_run', tick: null, now, retry_of: of, changes: made.changes } as const
    const placed = await submission.place(newRun(job, { version: job.version, definition: made.definition }, occasion))
    try {
      const deed =
        of === null ? ({ action: 'job.run', object: id } as const) : ({ action: 'run.retry', object: of } as const)
      const changed = made.changes === null ? {} : { changed: changedPaths(made.changes) }
      const told = audited(scope, now, { ...deed, domain: job.domain, after: { run_id, ...changed } })
      if (!(await store.runs.insertOne(placed.run, told))) await submission.giveUp(placed)
      else await submission.send([placed], [manualRun(placed.run, now)])
    } catch (error) {
      await submission.giveUp(placed)
      throw error
    }
    return { job_id: job._id, run_id }
  }
}

const keyTaken = (key: string | null): HydraError =>
  new HydraError('CONFLICT', `Another job of this domain has the key ${key}; choose another one, or change that job.`)

/** The body's schedule is not looked at: it runs once, now. */
function asAdhoc(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  return { ...given, schedule: { mode: 'immediate', enabled: false } }
}
