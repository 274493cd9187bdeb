import type { Role } from '../model/domain.ts'
import type { DomainAnswer, DomainDocument, DomainsDocument, DoneDocument } from '../model/wire/domain.ts'
import type { TokenAnswer, TokenDocument } from '../model/wire/token.ts'
import { entries } from './pages.ts'
import { segment, type Transport } from './transport.ts'

/** What of a domain can be set. A token that is not given is made, and shown in the answer, once. */
export interface DomainInput {
  readonly display_name?: string | null
  readonly description?: string | null
  readonly token?: string | null
}

/** Domains, for the admin. */
export class Domains {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** @param domain of these alone; null: of all, though the client acts in one */
  async list({ domain }: { readonly domain?: string | null } = {}): Promise<readonly DomainDocument[]> {
    const query = domain === undefined ? {} : { domain }
    const { domains }: DomainsDocument = await this.#transport.json({ path: '/admin/domains', query })
    return domains
  }

  create(domain: string, input: DomainInput = {}): Promise<DomainAnswer> {
    return this.#transport.json({ method: 'POST', path: '/admin/domains', body: { domain, ...input } })
  }

  /** Only what is sent changes. @param graceSeconds how long an old token works beside a new one; 0 */
  change(domain: string, input: DomainInput, graceSeconds?: number): Promise<DomainAnswer> {
    const query = { grace_seconds: graceSeconds }
    return this.#transport.json({ method: 'PUT', path: at(domain), body: input, query })
  }

  /** Puts a new token, shown once, in place of the one named `default`. @param graceSeconds as of `change` */
  rotate(domain: string, graceSeconds?: number): Promise<DomainAnswer> {
    const query = { grace_seconds: graceSeconds }
    return this.#transport.json({ method: 'POST', path: `${at(domain)}/token`, query })
  }

  remove(domain: string): Promise<DoneDocument> {
    return this.#transport.json({ method: 'DELETE', path: at(domain) })
  }
}

const at = (domain: string): string => `/admin/domains/${segment(domain)}`

/** A token to be made. */
export interface TokenInput {
  /** Unique in its domain. */
  readonly name: string
  readonly role: Role
  readonly expires_at?: string | Date | null
}

/** The tokens of domains, for the admin. */
export class Tokens {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Newest first; none of them is shown itself. */
  list(domain: string): AsyncGenerator<TokenDocument, void> {
    return entries(this.#transport, { path: `${at(domain)}/tokens`, query: {}, signal: undefined })
  }

  /** The answer shows the token, once. */
  create(domain: string, input: TokenInput): Promise<TokenAnswer> {
    return this.#transport.json({ method: 'POST', path: `${at(domain)}/tokens`, body: input })
  }

  /** Ends it at once. */
  remove(domain: string, id: string): Promise<DoneDocument> {
    return this.#transport.json({ method: 'DELETE', path: `${at(domain)}/tokens/${segment(id)}` })
  }
}
