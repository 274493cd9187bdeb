// Apart from the schemas: a page that tries rules should load nothing else.
import type { Completion, Sightings } from './completion.ts'

/** What is seen when nothing was ever written. */
export const nothingSeen = (rules: Completion): Sightings => ({
  stdout_contains: rules.stdout_contains.map(() => false),
  stdout_not_contains: rules.stdout_not_contains.map(() => false),
  stderr_contains: rules.stderr_contains.map(() => false),
  stderr_not_contains: rules.stderr_not_contains.map(() => false),
})

/** What was seen of each stream's texts, in the order of the rules: first those that must be there, then those that must not. */
export function sightingsOf(rules: Completion, stdout: readonly boolean[], stderr: readonly boolean[]): Sightings {
  const [out, err] = [rules.stdout_contains.length, rules.stderr_contains.length]
  return {
    stdout_contains: stdout.slice(0, out),
    stdout_not_contains: stdout.slice(out),
    stderr_contains: stderr.slice(0, err),
    stderr_not_contains: stderr.slice(err),
  }
}

export const satisfied = 'criteria satisfied'

/**
 * The first rule that does not hold, in words, or null when all hold. Pure.
 * @param returncode the exit status; −N when signal N ended it
 */
export function brokenRule(rules: Completion, returncode: number, seen: Sightings): string | null {
  if (!rules.exit_codes.includes(returncode)) return `exit code ${returncode} not in [${rules.exit_codes.join(', ')}]`
  const at = (needles: readonly string[], hits: readonly boolean[], wanted: boolean): string | undefined =>
    needles.find((_, i) => (hits[i] ?? false) !== wanted)
  const missingOut = at(rules.stdout_contains, seen.stdout_contains, true)
  if (missingOut !== undefined) return `stdout missing '${missingOut}'`
  const foundOut = at(rules.stdout_not_contains, seen.stdout_not_contains, false)
  if (foundOut !== undefined) return `stdout found forbidden '${foundOut}'`
  const missingErr = at(rules.stderr_contains, seen.stderr_contains, true)
  if (missingErr !== undefined) return `stderr missing '${missingErr}'`
  const foundErr = at(rules.stderr_not_contains, seen.stderr_not_contains, false)
  return foundErr === undefined ? null : `stderr found forbidden '${foundErr}'`
}
