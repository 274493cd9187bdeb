import type { Fault } from '../model/errors.ts'

/** What a schema found, as faults. Zod words a missing field as a wrong type; to the one who forgot it, it is required. */
export const faultsOf = (
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): readonly Fault[] =>
  issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message: /received undefined/.test(message) ? 'is required' : message,
  }))
