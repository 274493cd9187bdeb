import { hasSeconds } from './cron.ts'
import type { DefinitionParts } from './job.ts'
import type { Schedule } from './schedule.ts'
import type { Millis } from './time.ts'

const knownSystems: readonly string[] = ['linux', 'windows', 'darwin']

/**
 * What is valid in a definition and hardly meant, in sentences; of a part that is not valid nothing is said. Pure.
 * @param next its next run; null where it has none
 */
export function warningsOf(parts: DefinitionParts, next: Millis | null): readonly string[] {
  const { affinity, user, schedule, executor } = parts
  const warnings = [...commas(parts)]
  const allowed = affinity?.allowed_users ?? []
  if (user !== null && allowed.length > 0 && !allowed.includes(user))
    warnings.push(`user: ${user} is not among affinity.allowed_users`)
  for (const system of affinity?.os ?? [])
    if (!knownSystems.includes(system.toLowerCase()))
      warnings.push(`affinity.os: ${system} is none of ${knownSystems.join(', ')}`)
  if (executor?.type === 'batch' && !/(^|[\\/])cmd(\.exe)?$/i.test(executor.shell))
    warnings.push(`executor.shell: ${executor.shell} is started as cmd is, with /c; the type shell is for others`)
  return schedule === null ? warnings : [...warnings, ...ofSchedule(schedule, next)]
}

function ofSchedule({ cron, mode, enabled }: Schedule, next: Millis | null): readonly string[] {
  const warnings: string[] = []
  if (mode === 'cron' && cron !== null && hasSeconds(cron))
    warnings.push('schedule.cron: of six fields the first is for seconds')
  if (mode !== 'immediate' && enabled && next === null) warnings.push('schedule: no tick is left')
  return warnings
}

/** A worker's settings are lists with commas: what has one itself is in none of them. */
function commas({ queue, user, affinity }: DefinitionParts): readonly string[] {
  const has = (text: string): boolean => text.includes(',')
  const asks = (field: string, words: readonly string[] | undefined, setting: string): readonly string[] =>
    (words ?? [])
      .filter(has)
      .map((word) => `${field}: no worker can list ${word}, as a comma ends an entry of its ${setting}`)
  return [
    ...asks('queue', queue === null ? [] : [queue], 'WORKER_QUEUES'),
    ...asks('user', user === null ? [] : [user], 'ALLOWED_USERS'),
    ...asks('affinity.allowed_users', affinity?.allowed_users, 'ALLOWED_USERS'),
    ...asks('affinity.tags', affinity?.tags, 'WORKER_TAGS'),
  ]
}
