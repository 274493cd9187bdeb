import { warningsOf } from '../model/job-warnings.ts'
import type { Schedule } from '../model/schedule.ts'
import type { Millis } from '../model/time.ts'
import type { checked } from './checked.ts'

/** What a validation answers. */
export interface Verdict {
  readonly valid: boolean
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly next_run_at: Millis | null
}

/** What is said of a definition that was checked. @param next its next tick under a schedule */
export function verdict(
  { definition, faults }: Awaited<ReturnType<typeof checked>>,
  next: (schedule: Schedule) => Millis | null,
): Verdict {
  if (definition === null)
    return {
      valid: false,
      errors: faults.map(({ path, message }) => (path ? `${path}: ${message}` : message)),
      warnings: [],
      next_run_at: null,
    }
  const next_run_at = next(definition.schedule)
  return { valid: true, errors: [], warnings: warningsOf(definition, next_run_at), next_run_at }
}
