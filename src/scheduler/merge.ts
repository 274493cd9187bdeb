import { isFields } from '../model/document.ts'
import { definitionOf, type Job, JobDefinition, parseDefinition } from '../model/job.ts'
import type { RunChanges } from '../model/run-changes.ts'
import { isoOrNull } from '../model/time.ts'

/** RFC 7396: objects merge, null removes, all else replaces. Never writes a prototype. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const merged = new Map<string, unknown>(isFields(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

/** The fields of a body that an update can change. */
export function knownFields(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(JobDefinition.shape, name)))
}

/** The stored definition, as its user would write it, with a patch merged into it. An executor of another type replaces it whole. */
export const patched = (job: Job, patch: Readonly<Record<string, unknown>>): unknown =>
  patchedDefinition(definitionOf(job), patch)

/** As `patched`, of a definition that is at hand. */
export function patchedDefinition(
  { schedule, ...rest }: JobDefinition,
  patch: Readonly<Record<string, unknown>>,
): unknown {
  const written = {
    ...rest,
    schedule: { ...schedule, start_at: isoOrNull(schedule.start_at), end_at: isoOrNull(schedule.end_at) },
  }
  const known = knownFields(patch)
  const executor = known.executor
  const isOther = isFields(executor) && typeof executor.type === 'string' && executor.type !== written.executor.type
  return mergePatch(isOther ? { ...written, executor: {} } : written, known)
}

/** A definition as one run executes it. Null where its changes fit no more: a later version knows the definition otherwise. */
export const withChanges = (definition: JobDefinition, changes: RunChanges | null): JobDefinition | null =>
  changes === null ? definition : parseDefinition(patchedDefinition(definition, changes)).definition
