import type { Values } from './audit.ts'
import type { JobDefinition } from './job.ts'

/**
 * Fields that are copied as they are, by path or by the path above. Whatever is not here is only said to have changed: scripts,
 * arguments and environments hold secrets, and what they were stands in the job's versions. A field that is new to the program
 * is hidden until it is listed.
 */
const shown: ReadonlySet<string> = new Set([
  'name',
  'key',
  'user',
  'priority',
  'queue',
  'affinity',
  'schedule',
  'completion',
  'retries',
  'timeout',
  'on_worker_lost',
  'max_failovers',
  'keep_runs',
  'executor.type',
  'executor.shell',
  'executor.login',
  'executor.workdir',
  'executor.interpreter',
  'executor.environment.type',
  'executor.environment.python_version',
  'executor.environment.venv_path',
])

/** A longer value is told by its length: entries stay small. Characters of JSON. */
const longest = 300

const hidden = '(hidden)'

/** What an edit changed, by the path of each field: as it was, and as it is. Pure. */
export function difference(before: JobDefinition, after: JobDefinition): { before: Values; after: Values } {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  const paths = new Set([...was.keys(), ...is.keys()])
  const changed = [...paths].filter((path) => JSON.stringify(was.get(path)) !== JSON.stringify(is.get(path)))
  const told = (leaves: ReadonlyMap<string, unknown>): Values =>
    Object.fromEntries(changed.flatMap((path) => (leaves.has(path) ? [[path, toldOf(path, leaves.get(path))]] : [])))
  return { before: told(was), after: told(is) }
}

function toldOf(path: string, value: unknown): unknown {
  if (value === null) return null
  if (!shown.has(path) && !shown.has(path.split('.')[0] ?? '')) return hidden
  const { length } = JSON.stringify(value)
  return length > longest ? `(${length} characters)` : value
}

/** Every field by its path: objects are followed, but for the environment, whose names are its user's. */
function leavesOf(value: object, above = '', leaves = new Map<string, unknown>()): ReadonlyMap<string, unknown> {
  for (const [name, field] of Object.entries(value)) {
    const path = `${above}${name}`
    const isFollowed = typeof field === 'object' && field !== null && !Array.isArray(field) && path !== 'executor.env'
    if (isFollowed) leavesOf(field, `${path}.`, leaves)
    else leaves.set(path, field)
  }
  return leaves
}
