import { z } from 'zod'
import { type Domain, roles, type Token } from '../../model/domain.ts'
import type { Millis } from '../../model/time.ts'
import type { DomainStore, Told } from '../../ports/store.ts'
import { isDuplicate } from './answers.ts'
import { carry, carrying } from './audit-document.ts'
import type { AuditWrites } from './audit-writes.ts'
import type { Collections, Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import { liveStages } from './run-document.ts'
import { reader } from './stored.ts'

/** A removed domain stays, with the time of its removal, until its history is gone. */
const notRemoved = { removed_at: null }
/** What is said of a domain that was removed before it was known. */
const unknown = { display_name: null, description: null, created_at: 0 }
const [byName, byTokenName] = [{ domain: 1 }, { domain: 1, name: 1 }] as const
const byStage = { domain: 1, stage: 1, order: 1, status: 1 } as const

export const readDomain: (document: unknown) => Domain = reader(
  'domain',
  z.object({
    domain: z.string(),
    display_name: z.string().nullable().default(null),
    description: z.string().nullable().default(null),
    created_at: z.number(),
  }),
)

const readToken: (document: unknown) => Token = reader(
  'token',
  z.object({
    _id: z.string(),
    name: z.string(),
    domain: z.string(),
    role: z.enum(roles),
    hash: z.string(),
    created_at: z.number(),
    expires_at: z.number().nullable(),
    last_used_at: z.number().nullable(),
  }),
)

/** Domains and their tokens in MongoDB. */
export class MongoDomains implements DomainStore {
  readonly #in: Collections
  readonly #domains: Inserts
  readonly #tokens: Inserts
  readonly #audit: AuditWrites

  constructor(parts: Parts, audit: AuditWrites) {
    this.#audit = audit
    this.#in = parts.in
    this.#domains = new Inserts(parts.in.domains, parts.told('domains'))
    this.#tokens = new Inserts(parts.in.tokens, parts.told('tokens'))
  }

  async insert(domain: Domain, told: Told = null): Promise<boolean> {
    const document = { _id: domain.domain, ...domain, removed_at: null, ...carrying(told) }
    const [inserted = false] = await this.#domains.add([document])
    if (inserted) await this.#audit.list('domains', [[document._id, told]])
    return inserted
  }

  async change(
    name: string,
    { display_name, description }: { display_name?: string | null; description?: string | null },
    told: Told = null,
  ): Promise<Domain | null> {
    const set = {
      ...(display_name !== undefined && { display_name }),
      ...(description !== undefined && { description }),
    }
    if (Object.keys(set).length === 0 && told === null) return this.get(name)
    const options = { returnDocument: 'after' } as const
    const filter = { domain: name, ...notRemoved }
    const update = { ...(Object.keys(set).length > 0 && { $set: set }), ...carry(told) }
    const changed = await asked(() => this.#in.domains.findOneAndUpdate(filter, update, options))
    if (changed === null) return null
    await this.#audit.list('domains', [[changed._id, told]])
    return readDomain(changed)
  }

  async get(name: string): Promise<Domain | null> {
    const stored = await asked(() => this.#in.domains.findOne({ domain: name, ...notRemoved }))
    return stored === null ? null : readDomain(stored)
  }

  async all(): Promise<readonly Domain[]> {
    return (await asked(() => this.#in.domains.find(notRemoved, { sort: { domain: 1 } }).toArray())).map(readDomain)
  }

  /** The domain first: a token without one is refused. One that is removed already keeps its time. */
  async remove(name: string, now: Millis, told: Told = null): Promise<void> {
    const [filter, update] = [
      { domain: name, ...notRemoved },
      { $set: { removed_at: now }, ...carry(told) },
    ]
    const removed = await asked(() => this.#in.domains.findOneAndUpdate(filter, update, { returnDocument: 'after' }))
    if (removed !== null) await this.#audit.list('domains', [[removed._id, told]])
    else {
      await this.#domains.add([{ _id: name, domain: name, ...unknown, removed_at: now }])
      // It may be this very removal that removed it, and the answer was lost.
      await this.#audit.listRidersIn('domains', { domain: name }, byName)
    }
    await this.#audit.listRidersIn('tokens', { domain: name }, byTokenName)
    await asked(() => this.#in.tokens.deleteMany({ domain: name }))
  }

  async counts(name: string): Promise<{ jobs: number; runs: number; live: number }> {
    const byJob = { domain: 1, deleted: 1, order: 1 } as const
    const [jobs, runs, live] = await Promise.all([
      asked(() => this.#in.jobs.countDocuments({ domain: name, deleted: 0 }, { hint: byJob })),
      asked(() => this.#in.runs.countDocuments({ domain: name }, { hint: byStage })),
      asked(() => this.#in.runs.countDocuments({ domain: name, stage: { $in: liveStages } }, { hint: byStage })),
    ])
    return { jobs, runs, live }
  }

  async tokenByHash(hash: string): Promise<Token | null> {
    const stored = await asked(() => this.#in.tokens.findOne({ hash }))
    return stored === null ? null : readToken(stored)
  }

  async tokens(domain: string): Promise<readonly Token[]> {
    return (await asked(() => this.#in.tokens.find({ domain }, { sort: { name: 1 } }).toArray())).map(readToken)
  }

  async insertToken(token: Token, told: Told = null): Promise<'inserted' | 'name_taken' | 'hash_taken'> {
    const [inserted] = await this.#tokens.add([{ ...token, ...carrying(told) }])
    if (inserted) {
      await this.#audit.list('tokens', [[token._id, told]])
      return 'inserted'
    }
    const { domain, name } = token
    const sameName = await asked(() => this.#in.tokens.findOne({ domain, name }))
    return sameName === null ? 'hash_taken' : 'name_taken'
  }

  async replaceToken(before: Token, after: Token, told: Told = null): Promise<boolean> {
    const { _id, ...fields } = after
    const filter = { _id: before._id, name: before.name, hash: before.hash }
    const update = { $set: fields, ...carry(told) }
    const replaced = await asked(async (again) => {
      try {
        const { matchedCount } = await this.#in.tokens.updateOne(filter, update)
        if (matchedCount === 1 || !again) return matchedCount === 1
      } catch (error) {
        if (!isDuplicate(error)) throw error
        return false
      }
      // The answer to the first asking was lost: a hash is random, so if it stands there, it is from here.
      return (await this.#in.tokens.findOne({ _id, name: after.name, hash: after.hash })) !== null
    })
    if (replaced) await this.#audit.list('tokens', [[_id, told]])
    return replaced
  }

  async usedToken(id: string, at: Millis): Promise<void> {
    await asked(() => this.#in.tokens.updateOne({ _id: id }, { $max: { last_used_at: at } }))
  }

  /** What is told of it is listed before: after it there is no document that it could be found in. */
  async endToken(domain: string, id: string, told: Told = null): Promise<Token | null> {
    const stored = await asked(() => this.#in.tokens.findOne({ _id: id, domain }))
    if (stored === null) return null
    await this.#audit.listRidersOf([stored])
    await this.#audit.listAlone(told)
    const ended = await asked(async (again) => {
      const gone = await this.#in.tokens.findOneAndDelete({ _id: id, domain })
      // The answer to the first asking was lost: it was there, and it is gone.
      return gone ?? (again ? stored : null)
    })
    if (ended === null) await this.#audit.unlist(told)
    return ended === null ? null : readToken(ended)
  }
}
