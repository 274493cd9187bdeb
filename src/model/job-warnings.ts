import { hasSeconds } from './cron.ts'
import type { JobDefinition } from './job.ts'
import type { Millis } from './time.ts'

const knownSystems: readonly string[] = ['linux', 'windows', 'darwin']

/**
 * What is valid in a definition and hardly meant, in sentences. Pure.
 * @param next its next run; null where it has none
 */
export function warningsOf(definition: JobDefinition, next: Millis | null): readonly string[] {
  const { affinity, user, schedule, executor } = definition
  const warnings = [...commas(definition)]
  const { allowed_users, os } = affinity
  if (allowed_users.length > 0 && !allowed_users.includes(user))
    warnings.push(`user: ${user} is not among affinity.allowed_users`)
  for (const system of os)
    if (!knownSystems.includes(system.toLowerCase()))
      warnings.push(`affinity.os: ${system} is none of ${knownSystems.join(', ')}`)
  if (executor.type === 'batch' && !/(^|[\\/])cmd(\.exe)?$/i.test(executor.shell))
    warnings.push(`executor.shell: ${executor.shell} is started as cmd is, with /c; the type shell is for others`)
  const { cron, mode, enabled } = schedule
  if (mode === 'cron' && cron !== null && hasSeconds(cron))
    warnings.push('schedule.cron: of six fields the first is for seconds')
  if (mode !== 'immediate' && enabled && next === null) warnings.push('schedule: no tick is left')
  return warnings
}

/** A worker's settings are lists with commas: what has one itself is in none of them. */
function commas({ queue, user, affinity }: JobDefinition): readonly string[] {
  const has = (text: string): boolean => text.includes(',')
  const asks = (field: string, words: readonly string[], setting: string): readonly string[] =>
    words.filter(has).map((word) => `${field}: no worker can list ${word}, as a comma ends an entry of its ${setting}`)
  return [
    ...asks('queue', [queue], 'WORKER_QUEUES'),
    ...asks('user', [user], 'ALLOWED_USERS'),
    ...asks('affinity.allowed_users', affinity.allowed_users, 'ALLOWED_USERS'),
    ...asks('affinity.tags', affinity.tags, 'WORKER_TAGS'),
  ]
}
