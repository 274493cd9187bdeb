import { adminName, type Domain, DomainChange, defaultTokenName, NewDomain } from '../model/domain.ts'
import { HydraError, invalid, notFound } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Store } from '../ports/store.ts'
import { newSecret, sha256 } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { audited } from './audit.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import { faultsOf } from './faults.ts'
import type { Jobs } from './jobs.ts'
import { type Scope, sees } from './scope.ts'
import type { Tokens } from './tokens.ts'

export interface DomainsConfig {
  /** A reserved name: no domain can have it. */
  readonly adminDomain: string
  /** Always exists. */
  readonly defaultDomain: string
  /** A worker of the default domain runs beside the control plane, as the same user. */
  readonly embedded?: boolean
}

export interface DomainsParts {
  readonly store: Store
  readonly broker: Broker
  readonly jobs: Pick<Jobs, 'remove'>
  readonly tokens: Tokens
  readonly clock: Clock
  readonly config: DomainsConfig
  readonly log: Log
}

/** A domain and how much is in it. */
export interface DomainRow {
  readonly domain: Domain
  readonly jobs: number
  readonly runs: number
  readonly workers: number
}

/** A domain's name and its token, shown once; null where none was made or given. */
export interface DomainAnswer {
  readonly domain: string
  readonly token: string | null
}

/** The tenants. What changes them is the admin's, which authentication sees to. */
export class Domains {
  readonly #parts: DomainsParts

  constructor(parts: DomainsParts) {
    this.#parts = parts
  }

  /** Makes the default domain where it is not there yet. Called at every start. */
  async prepare(): Promise<void> {
    const { store, clock, config } = this.#parts
    const domain = config.defaultDomain
    if ((await store.domains.get(domain)) === null)
      await store.domains.insert({ domain, display_name: null, description: null, created_at: clock.now() })
  }

  /**
   * SEED_DOMAINS=1: on a store where no domain has a token, `prod` with a generated token, and `dev` with the given one.
   * Answers the generated tokens, to be printed once.
   */
  async seed(devToken: string | null): Promise<readonly DomainAnswer[]> {
    const { tokens, store } = this.#parts
    const { domains } = store
    for (const { domain } of await domains.all()) if ((await domains.tokens(domain)).length > 0) return []
    const start: Scope = { domain: null, home: 'prod', actor: adminName }
    const made = { action: 'token.create' } as const
    const token = newSecret()
    await this.#insert(start, 'prod', 'Production', null)
    await tokens.setDefault(start, 'prod', token, made)
    if (devToken) {
      await this.#insert(start, 'dev', 'Development', null)
      await tokens.setDefault(start, 'dev', devToken, made)
    }
    return [{ domain: 'prod', token }]
  }

  async exists(name: string): Promise<boolean> {
    return (await this.#parts.store.domains.get(name)) !== null
  }

  /** The domains that the scope sees, newest first. */
  async list(scope: Scope): Promise<readonly DomainRow[]> {
    const { store, broker } = this.#parts
    const mine = (await store.domains.all()).filter(({ domain }) => sees(scope, domain))
    const rows = await Promise.all(
      mine.map(async (domain) => {
        const { jobs, runs } = await store.domains.counts(domain.domain)
        return { domain, jobs, runs, workers: (await broker.workers(domain.domain)).length }
      }),
    )
    return rows.sort((one, other) => other.domain.created_at - one.domain.created_at)
  }

  /**
   * Makes a domain with the given or a generated token. One that exists is answered when the body gives its present
   * token. @throws INVALID with every fault; CONFLICT
   */
  async create(scope: Scope, given: unknown): Promise<DomainAnswer & { readonly made: boolean }> {
    const { tokens, config } = this.#parts
    const parsed = NewDomain.safeParse(given)
    if (!parsed.success) throw invalid(faultsOf(parsed.error.issues))
    const { domain, display_name, description } = parsed.data
    if (domain === config.adminDomain)
      throw invalid([{ path: 'domain', message: 'is the reserved name of the admin domain' }])
    if (await this.exists(domain)) {
      const present = parsed.data.token === null ? null : await tokens.byHash(sha256(parsed.data.token))
      if (present?.domain === domain && present.name === defaultTokenName)
        return { domain, token: parsed.data.token, made: false }
      throw new HydraError('CONFLICT', `The domain ${domain} exists already; rotate its token to get a new one.`)
    }
    await this.#assertNothingLeft(domain)
    const token = parsed.data.token ?? newSecret()
    await tokens.assertFree(token, domain)
    if (!(await this.#insert(scope, domain, display_name, description)))
      throw new HydraError('CONFLICT', `The domain ${domain} exists already; choose another name.`)
    if (config.embedded)
      this.#parts.log.warn(
        `The embedded server is one trust domain: jobs of its worker, which serves ${config.defaultDomain} alone, can read what its user can, the data of ${domain} included; \`hydra up --no-worker\` runs none here.`,
      )
    await tokens.setDefault(scope, domain, token, { action: 'token.create' })
    return { domain, token, made: true }
  }

  /**
   * Changes what is sent; a token takes the place of the default one. The token in the answer is null unless one was sent.
   * @param grace how long the old token works beside the new one, ms
   * @throws INVALID, NOT_FOUND, NOTHING_TO_UPDATE, CONFLICT
   */
  async change(scope: Scope, name: string, given: unknown, grace: Millis): Promise<DomainAnswer> {
    const { store, tokens, clock } = this.#parts
    const { domains } = store
    const parsed = DomainChange.safeParse(given)
    if (!parsed.success) throw invalid(faultsOf(parsed.error.issues))
    const { display_name, description, token } = parsed.data
    const change = {
      ...(display_name !== undefined && display_name !== '' && { display_name }),
      ...(description !== undefined && { description: description === '' ? null : description }),
    }
    const present = await domains.get(name)
    if (present === null) throw notFound('domain', name)
    if (Object.keys(change).length === 0 && !token)
      throw new HydraError('NOTHING_TO_UPDATE', 'The body names no field that a domain has.')
    if (token) await tokens.assertFree(token, name)
    if (Object.keys(change).length > 0) {
      const { display_name, description } = present
      const before = { display_name, description }
      const after = { ...before, ...change }
      const deed = { action: 'domain.change', domain: name, object: name, before, after } as const
      if ((await domains.change(name, change, audited(scope, clock.now(), deed))) === null)
        throw notFound('domain', name)
    }
    if (token) await tokens.setDefault(scope, name, token, { action: 'domain.rotate', grace })
    return { domain: name, token: token ?? null }
  }

  /** A new default token in place of the old one, which ends at once, or after a grace (ms). @throws NOT_FOUND */
  async rotate(scope: Scope, name: string, grace: Millis): Promise<DomainAnswer> {
    if (!(await this.exists(name))) throw notFound('domain', name)
    const token = newSecret()
    await this.#parts.tokens.setDefault(scope, name, token, { action: 'domain.rotate', grace })
    return { domain: name, token }
  }

  /** Removes a domain with its jobs and tokens; what is left of it goes soon, and then its name is free. @throws NOT_FOUND; CONFLICT while it has live runs */
  async remove(scope: Scope, name: string): Promise<void> {
    const { store, jobs, tokens, clock, config } = this.#parts
    if (!(await this.exists(name))) throw notFound('domain', name)
    if (name === config.defaultDomain)
      throw new HydraError('CONFLICT', `The domain ${name} is the default domain and always exists.`)
    await this.#assertNothingLives(name)
    const query = { domain: name, q: null, mode: null, enabled: null, queue: null }
    for (;;) {
      const some = await store.jobs.list(query, { limit: 500, after: null, oldestFirst: true })
      for (const job of some) await jobs.remove(scope, job._id)
      if (some.length < 500) break
    }
    await this.#assertNothingLives(name)
    const now = clock.now()
    const deed = { action: 'domain.delete', domain: name, object: name } as const
    await store.domains.remove(name, now, audited(scope, now, deed))
    tokens.changed()
    await tell(() => this.#parts.broker.forget(name))
  }

  async #assertNothingLives(name: string): Promise<void> {
    const { live } = await this.#parts.store.domains.counts(name)
    if (live === 0) return
    const what =
      live === 1
        ? 'a run that is not final; cancel or await it first'
        : `${live} runs that are not final; cancel or await them first`
    throw new HydraError('CONFLICT', `The domain ${name} has ${what}.`)
  }

  /** Whoever gets the name must find nothing of an earlier domain under it. @throws CONFLICT */
  async #assertNothingLeft(name: string): Promise<void> {
    const { domains, history } = this.#parts.store
    if ((await history.domains.removed()).some(({ domain }) => domain === name))
      throw new HydraError(
        'CONFLICT',
        `What an earlier domain ${name} left is being removed; try again in a minute, or choose another name.`,
      )
    const { jobs, runs } = await domains.counts(name)
    if (jobs + runs > 0)
      throw new HydraError('CONFLICT', `There are jobs or runs of an earlier domain ${name}; choose another name.`)
  }

  async #insert(
    scope: Scope,
    domain: string,
    display_name: string | null,
    description: string | null,
  ): Promise<boolean> {
    const created_at = this.#parts.clock.now()
    const deed = { action: 'domain.create', domain, object: domain, after: { display_name, description } } as const
    const told = audited(scope, created_at, deed)
    return this.#parts.store.domains.insert({ domain, display_name, description, created_at }, told)
  }
}
