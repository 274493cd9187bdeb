import type { DomainAnswer, DomainDocument, DomainsDocument, DoneDocument } from '../model/wire/domain.ts'
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

  async list(): Promise<readonly DomainDocument[]> {
    const { domains }: DomainsDocument = await this.#transport.json({ path: '/admin/domains' })
    return domains
  }

  create(domain: string, input: DomainInput = {}): Promise<DomainAnswer> {
    return this.#transport.json({ method: 'POST', path: '/admin/domains', body: { domain, ...input } })
  }

  /** Only what is sent changes. */
  change(domain: string, input: DomainInput): Promise<DomainAnswer> {
    return this.#transport.json({ method: 'PUT', path: at(domain), body: input })
  }

  /** Ends its token `default` and makes a new one, which is shown once. */
  rotate(domain: string): Promise<DomainAnswer> {
    return this.#transport.json({ method: 'POST', path: `${at(domain)}/token` })
  }

  remove(domain: string): Promise<DoneDocument> {
    return this.#transport.json({ method: 'DELETE', path: at(domain) })
  }
}

const at = (domain: string): string => `/admin/domains/${segment(domain)}`
