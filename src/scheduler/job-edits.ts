import type { AuditEntry } from '../model/audit.ts'
import { definitionOf, type Job, type JobDefinition, type JobVersion } from '../model/job.ts'
import { difference } from '../model/job-difference.ts'
import type { replanned } from '../model/job-plan.ts'
import type { Millis } from '../model/time.ts'
import { audited } from './audit.ts'
import type { Scope } from './scope.ts'

interface Edit {
  readonly actor: string
  readonly now: Millis
}

/** A job with another definition and the plan that follows from it, and the version that this is. */
export function edited(
  before: Job,
  definition: JobDefinition,
  plan: ReturnType<typeof replanned>,
  { actor, now }: Edit,
): { readonly after: Job; readonly version: JobVersion } {
  const { schedule: _, ...rest } = definition
  const number = before.version + 1
  const stamp = { version: number, rev: before.rev + 1, updated_at: now, updated_by: actor }
  const version: JobVersion = { job_id: before._id, version: number, definition, created_at: now, actor }
  return { after: { ...before, ...rest, ...plan, ...stamp }, version }
}

/** A deleted job: it ticks no more, and its runs are to be cancelled. */
export function deleted(before: Job, { actor, now }: Edit): Job {
  const [stored] = before.schedules
  return {
    ...before,
    schedules: [{ ...stored, enabled: false }],
    next_run_at: null,
    deleted_at: now,
    updated_at: now,
    effects: [...before.effects, { kind: 'cancel_runs', by: actor }],
    rev: before.rev + 1,
  }
}

/** What an edit is told as. */
export function editTold(scope: Scope, before: Job, after: Job): AuditEntry {
  const { before: was, after: is } = difference(definitionOf(before), definitionOf(after))
  const { domain, _id: object, updated_at } = after
  return audited(scope, updated_at, {
    action: 'job.update',
    domain,
    object,
    before: { version: before.version, ...was },
    after: { version: after.version, ...is },
  })
}

/** What a deletion is told as. */
export const deletionTold = (scope: Scope, { domain, _id: object, name, version }: Job, now: Millis): AuditEntry =>
  audited(scope, now, { action: 'job.delete', domain, object, before: { name, version } })
