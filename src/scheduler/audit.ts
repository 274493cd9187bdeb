import type { AuditEntry } from '../model/audit.ts'
import type { Millis } from '../model/time.ts'
import type { AuditQuery, Page, Store } from '../ports/store.ts'
import { newId } from '../runtime/ids.ts'
import type { Scope } from './scope.ts'

/** What was done to what, as the one who does it says. */
export type Deed = Pick<AuditEntry, 'domain' | 'action' | 'object'> & Partial<Pick<AuditEntry, 'before' | 'after'>>

/**
 * The entry of an act, to be handed to the store with the write that is the act: both are stored, or neither. Whoever adds a
 * way to change something makes one; an act upon many things (a bulk act) has one for each, made by what it calls.
 */
export const audited = (
  { actor, via }: Scope,
  at: Millis,
  { before = null, after = null, ...deed }: Deed,
): AuditEntry => ({
  _id: newId(),
  at,
  actor,
  token_id: via?.token_id ?? null,
  ...deed,
  before,
  after,
  address: via?.address ?? null,
  agent: via?.agent ?? null,
})

/** What was done, for who may see it. */
export class Audit {
  readonly #store: Pick<Store, 'audit' | 'domains'>

  constructor(store: Pick<Store, 'audit' | 'domains'>) {
    this.#store = store
  }

  /** A page of what was done in the scope's domain, since that was made: an earlier domain of its name was another tenant. */
  async list(scope: Scope, query: Omit<AuditQuery, 'domain'>, page: Page): Promise<readonly AuditEntry[]> {
    const { audit, domains } = this.#store
    const { domain } = scope
    if (domain === null) return audit.list({ ...query, domain }, page)
    const made = (await domains.get(domain))?.created_at ?? 0
    return audit.list({ ...query, domain, since: Math.max(query.since ?? 0, made) }, page)
  }
}
