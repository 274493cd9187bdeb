import { type Fields, isFields } from './document.ts'
import type { Fault } from './errors.ts'
import type { JobDefinition } from './job.ts'

/**
 * What one run has otherwise than its job: a merge patch (RFC 7396) of the definition, in the definition's own words. It is
 * kept as it came out of the check: unknown fields are gone, numbers are numbers.
 */
export type RunChanges = Readonly<Record<string, unknown>>

/** What a run has of its definition; the rest tells when there are runs and how many are kept, which is the job's matter. */
export const changeableFields = [
  'executor',
  'timeout',
  'completion',
  'retries',
  'priority',
  'queue',
  'user',
  'affinity',
  'on_worker_lost',
  'max_failovers',
] as const satisfies readonly (keyof JobDefinition)[]

const jobsOwn = ['name', 'key', 'schedule', 'keep_runs'] as const satisfies readonly (keyof JobDefinition)[]

/** The most that the changes of one run may have as JSON, in characters: they lie in the run, which lists read. */
export const longestChanges = 64 * 1024

/** What of a request's `changes` can be merged, and what is wrong with it before it is merged. Null: nothing is changed. Pure. */
export function askedChanges(given: unknown): { readonly patch: Fields | null; readonly faults: readonly Fault[] } {
  if (given === undefined || given === null) return { patch: null, faults: [] }
  if (!isFields(given)) return { patch: null, faults: [{ path: 'changes', message: 'must be an object' }] }
  const faults = jobsOwn
    .filter((name) => Object.hasOwn(given, name))
    .map((name) => ({ path: `changes.${name}`, message: "is the job's own: change the job" }))
  const known = Object.entries(given).filter(([name]) => changeableFields.some((one) => one === name))
  return { patch: known.length === 0 ? null : Object.fromEntries(known), faults }
}

/**
 * What a run keeps of a patch: the fields that it names, with the values that they have in the definition that came of it. The
 * executor's type always stands in it, so that it is never merged into one of another kind. Pure.
 */
export function keptChanges(patch: Fields, definition: JobDefinition): RunChanges {
  const named = changeableFields.filter((name) => name !== 'executor' && Object.hasOwn(patch, name))
  const kept: [string, unknown][] = named.map((name) => [name, definition[name]])
  if (isFields(patch.executor)) kept.unshift(['executor', keptExecutor(patch.executor, definition.executor)])
  return Object.fromEntries(kept)
}

/** Of the environment only the variables that are named: the others stay the job's. */
function keptExecutor(patch: Fields, executor: JobDefinition['executor']): Fields {
  const { env } = patch
  const kept = Object.entries(executor)
    .filter(([name]) => name !== 'env' && Object.hasOwn(patch, name))
    .map(([name, value]): [string, unknown] => [name, value])
  if (isFields(env)) kept.push(['env', keptVariables(env, executor.env)])
  else if (env === null) kept.push(['env', null])
  return { type: executor.type, ...Object.fromEntries(kept) }
}

const keptVariables = (patch: Fields, env: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.keys(patch).map((name) => [name, Object.hasOwn(env, name) ? env[name] : null]))

/** Names what is changed, without the values: they may hold secrets. `executor.env.MODE`, `timeout`. Pure. */
export function changedPaths(changes: RunChanges): readonly string[] {
  return Object.entries(changes).flatMap(([name, value]) => {
    if (name !== 'executor' || !isFields(value)) return [name]
    return Object.entries(value).flatMap(([field, inner]) => {
      if (field === 'type') return []
      if (field === 'env' && isFields(inner)) return Object.keys(inner).map((variable) => `executor.env.${variable}`)
      return [`executor.${field}`]
    })
  })
}
