import { z } from 'zod'
import type { DomainHistory, RemovedDomain } from '../../ports/history.ts'
import type { AuditWrites } from './audit-writes.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import { removeSome } from './removal.ts'
import { reader } from './stored.ts'

const readRemoved: (document: unknown) => RemovedDomain = reader(
  'domain',
  z.object({ domain: z.string(), removed_at: z.number() }),
)

/** Removed domains in MongoDB, and what is left of them besides jobs and runs. What the audit is to know of it is listed first. */
export class MongoDomainHistory implements DomainHistory {
  readonly #in: Collections
  readonly #audit: AuditWrites

  constructor(collections: Collections, audit: AuditWrites) {
    this.#in = collections
    this.#audit = audit
  }

  async removed(): Promise<readonly RemovedDomain[]> {
    const [rules, options] = [{ removed_at: { $gt: 0 } }, { sort: { removed_at: 1 }, hint: { removed_at: 1 } } as const]
    return (await asked(() => this.#in.domains.find(rules, options).toArray())).map(readRemoved)
  }

  async empty(domain: string, limit: number): Promise<boolean> {
    const figures = await removeSome(this.#in.figures, { domain }, limit, { hint: { domain: 1 } })
    const sessions = await removeSome(this.#in.sessions, { domain }, limit, { hint: { domain: 1 } })
    await this.#audit.listRidersIn('workers', { domain }, { domain: 1, worker_id: 1 })
    await asked(() => this.#in.workers.deleteMany({ domain }))
    await asked(() => this.#in.samples.deleteMany({ domain }))
    await this.#audit.listRidersIn('tokens', { domain }, { domain: 1, name: 1 })
    await asked(() => this.#in.tokens.deleteMany({ domain }))
    return figures + sessions < limit
  }

  async forget(domain: string): Promise<void> {
    await this.#audit.listRidersIn('domains', { domain }, { domain: 1 })
    await asked(() => this.#in.domains.deleteOne({ domain, removed_at: { $gt: 0 } }))
  }
}
