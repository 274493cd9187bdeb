import type { Role } from '../model/domain.ts'
import type { Scope } from '../scheduler/scope.ts'
import type { Party } from './request-turns.ts'

/** Who asks: what its token may see and do. */
export interface Caller {
  readonly scope: Scope
  readonly role: Role | 'admin'
  /** The hash of its token. */
  readonly key: string
}

/** With whom a caller's requests take turns: its domain's; an admin is a party of its own, wherever it acts. */
export const partyOf = ({ role, scope }: Caller, isLink = false): Party => ({
  domain: role === 'admin' ? null : scope.domain,
  // A worker's lease must not end because its domain's users ask for much.
  lane: isLink ? 'workers' : 'users',
})
