import { partsIn } from '../model/job.ts'
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

/**
 * What is said of a definition that was checked. One that is not valid is warned of as far as its parts are valid: nobody is
 * to mend all of it before he learns the rest.
 * @param next the next tick under a schedule
 */
export function verdict(
  given: unknown,
  { definition, faults }: Awaited<ReturnType<typeof checked>>,
  next: (schedule: Schedule) => Millis | null,
): Verdict {
  const parts = definition ?? partsIn(given)
  const planned = parts.schedule && next(parts.schedule)
  const warnings = warningsOf(parts, planned)
  if (definition !== null) return { valid: true, errors: [], warnings, next_run_at: planned }
  return {
    valid: false,
    errors: faults.map(({ path, message }) => (path ? `${path}: ${message}` : message)),
    warnings,
    next_run_at: null,
  }
}
