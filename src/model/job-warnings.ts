import { hasSeconds } from './cron.ts'
import type { JobDefinition } from './job.ts'
import type { Millis } from './time.ts'

const knownSystems: readonly string[] = ['linux', 'windows', 'darwin']

/**
 * What is valid in a definition and hardly meant, in sentences. Pure.
 * @param next its next run; null where it has none
 */
export function warningsOf({ affinity, user, schedule }: JobDefinition, next: Millis | null): readonly string[] {
  const warnings: string[] = []
  const { allowed_users, os } = affinity
  if (allowed_users.length > 0 && !allowed_users.includes(user))
    warnings.push(`user: ${user} is not among affinity.allowed_users`)
  for (const system of os)
    if (!knownSystems.includes(system.toLowerCase()))
      warnings.push(`affinity.os: ${system} is none of ${knownSystems.join(', ')}`)
  const { cron, mode, enabled } = schedule
  if (mode === 'cron' && cron !== null && hasSeconds(cron))
    warnings.push('schedule.cron: of six fields the first is for seconds')
  if (mode !== 'immediate' && enabled && next === null) warnings.push('schedule: no tick is left')
  return warnings
}
