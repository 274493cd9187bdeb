import type { Role } from '../model/domain.ts'
import type { Scope } from '../scheduler/scope.ts'

/** Who asks: what its token may see and do. */
export interface Caller {
  readonly scope: Scope
  readonly role: Role | 'admin'
  /** The hash of its token. */
  readonly key: string
}
