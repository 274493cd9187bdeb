import { knownPaths } from './fields.ts'

/** What is wrong, by field; and what belongs to none that is shown. */
export interface Faults {
  readonly byPath: ReadonlyMap<string, string>
  readonly others: readonly string[]
}

/**
 * Sorts the server's sentences (`executor.script: must not be blank`) to the fields of the form. Pure.
 * @param isUntouched a field that nobody came to yet is not painted red: what it lacks stands among the others
 */
export function faultsByField(errors: readonly string[], isUntouched: (path: string) => boolean): Faults {
  const byPath = new Map<string, string>()
  const others: string[] = []
  for (const error of errors) {
    const [path = '', ...rest] = error.split(': ')
    const field = knownPaths.find((known) => path === known || path.startsWith(`${known}.`))
    if (field === undefined || rest.length === 0 || isUntouched(field)) others.push(error)
    else if (!byPath.has(field)) byPath.set(field, rest.join(': '))
  }
  return { byPath, others }
}
