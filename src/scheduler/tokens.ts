import { timingSafeEqual } from 'node:crypto'
import type { AuditEntry } from '../model/audit.ts'
import { defaultTokenName, isExpired, NewToken, retired, type Token } from '../model/domain.ts'
import { HydraError, invalid, notFound } from '../model/errors.ts'
import { isoOrNull, type Millis } from '../model/time.ts'
import type { Store } from '../ports/store.ts'
import { newId, newSecret, sha256 } from '../runtime/ids.ts'
import type { Log } from '../runtime/log.ts'
import { audited } from './audit.ts'
import { tell } from './away.ts'
import type { Clock } from './clock.ts'
import { faultsOf } from './faults.ts'
import type { Scope } from './scope.ts'
import type { ShownDomains } from './shown-domains.ts'
import { TokenCache } from './token-cache.ts'

export interface TokensConfig {
  /** Empty: nobody is admin. */
  readonly adminToken: string
}

export interface TokensParts {
  readonly store: Pick<Store, 'domains'>
  readonly shown: Pick<ShownDomains, 'showOne'>
  readonly clock: Clock
  readonly config: TokensConfig
  readonly log: Log
}

/** How a domain gets its default token. */
export interface Giving {
  readonly action: 'token.create' | 'domain.rotate'
  /** How long the old one goes on beside it, ms; at once over unless given. */
  readonly grace?: Millis
}

/** A token below this many characters can be guessed, and the log says so. */
const safeLength = 32

/** One that expired this long ago is removed when its domain gets another: the list stays short. */
const shownFor: Millis = 30 * 86_400_000

/** How often a change is tried again with what another wrote before it. */
const tries = 10

/** Who someone is by a token, and the tokens of each domain. What changes them is the admin's, which authentication sees to. */
export class Tokens {
  readonly #parts: TokensParts
  readonly #cache: TokenCache
  readonly #adminHash: Buffer

  constructor(parts: TokensParts) {
    this.#parts = parts
    this.#adminHash = Buffer.from(sha256(parts.config.adminToken))
    this.#cache = new TokenCache(parts.store.domains, parts.clock, parts.log)
    const { length } = parts.config.adminToken
    if (length > 0 && length < safeLength)
      parts.log.warn(`ADMIN_TOKEN has fewer than ${safeLength} characters: it can be guessed`)
  }

  /** Whether a token is the admin's; in constant time. */
  isAdmin(token: string): boolean {
    return this.#parts.config.adminToken !== '' && timingSafeEqual(Buffer.from(sha256(token)), this.#adminHash)
  }

  /**
   * The token whose SHA-256 this is, or null: unknown, ended or expired. Right at once when this process ends one, within
   * 1 s when another does.
   */
  byHash(hash: string): Promise<Token | null> {
    return this.#cache.find(hash)
  }

  /** As `byHash`; while the store does not answer, what was known last counts. */
  byHashOrLast(hash: string): Promise<Token | null> {
    return this.#cache.findOrLast(hash)
  }

  /** Calls back when this process ended a token; returns how to stop. */
  onChange(told: () => void): () => void {
    return this.#cache.onChange(told)
  }

  /** Nothing that is remembered of tokens counts any more: some ended. */
  changed(): void {
    this.#cache.clear()
  }

  /** A domain's tokens, newest first; expired ones for a while, too. @throws NOT_FOUND */
  async list(domain: string): Promise<readonly Token[]> {
    await this.#assertDomain(domain)
    const all = await this.#parts.store.domains.tokens(domain)
    return all.toSorted((one, other) => other.created_at - one.created_at || (one._id < other._id ? 1 : -1))
  }

  /** Makes a token; the secret is shown here and nowhere else. @throws INVALID with every fault; NOT_FOUND; CONFLICT */
  async make(scope: Scope, domain: string, given: unknown): Promise<{ readonly id: string; readonly token: string }> {
    const { store, clock } = this.#parts
    const now = clock.now()
    const parsed = NewToken.safeParse(given)
    if (!parsed.success) throw invalid(faultsOf(parsed.error.issues))
    const { name, role, expires_at } = parsed.data
    if (expires_at !== null && expires_at <= now)
      throw invalid([{ path: 'expires_at', message: 'must be in the future' }])
    await this.#assertDomain(domain)
    await this.#sweep(domain, name)
    const secret = newSecret()
    const token: Token = { ...aToken(domain, secret, now), name, role, expires_at }
    if ((await store.domains.insertToken(token, tokenTold(scope, 'token.create', null, token, now))) !== 'inserted')
      throw new HydraError(
        'CONFLICT',
        `The domain ${domain} has a token ${name} already; end it, or choose another name.`,
      )
    await this.#show(domain)
    return { id: token._id, token: secret }
  }

  /** Ends a token at once, the last one too: the admin can always make another. @throws NOT_FOUND */
  async end(scope: Scope, domain: string, id: string): Promise<void> {
    const { store, clock } = this.#parts
    await this.#assertDomain(domain)
    const token = (await store.domains.tokens(domain)).find(({ _id }) => _id === id)
    if (token === undefined) throw notFound('token', id)
    const told = audited(scope, clock.now(), { action: 'token.delete', domain, object: id, before: shown(token) })
    if ((await store.domains.endToken(domain, id, told)) === null) throw notFound('token', id)
    this.changed()
    await this.#show(domain)
  }

  /**
   * Gives a domain its default token. What was the default until now ends at once, in the same write; with a grace (ms) it
   * goes on beside the new one for so long.
   * @param how.action what this is to who asked for it
   * @throws CONFLICT when the token is another's
   */
  async setDefault(scope: Scope, domain: string, secret: string, how: Giving): Promise<void> {
    const { store, clock, log } = this.#parts
    if (secret.length < safeLength)
      log.warn(`the token of the domain ${domain} has fewer than ${safeLength} characters: it can be guessed`)
    await this.#sweep(domain, defaultTokenName)
    for (let left = tries; left > 0; left -= 1) {
      await this.assertFree(secret, domain)
      const made = aToken(domain, secret, clock.now())
      const present = (await store.domains.tokens(domain)).find(({ name }) => name === defaultTokenName)
      if (await this.#takePlace(scope, present ?? null, made, how)) {
        this.changed()
        return this.#show(domain)
      }
    }
    throw new HydraError('CONFLICT', `The tokens of the domain ${domain} are being changed by others; try again.`)
  }

  /** One step of `setDefault`; whether it was the last. */
  async #takePlace(scope: Scope, present: Token | null, made: Token, { action, grace = 0 }: Giving): Promise<boolean> {
    const { domains } = this.#parts.store
    if (present === null)
      return (await domains.insertToken(made, tokenTold(scope, action, null, made, made.created_at))) === 'inserted'
    const isSame = present.hash === made.hash
    if (isSame && present.expires_at === null) return true
    if (isSame || grace === 0) {
      const after = isSame ? { ...present, expires_at: null } : { ...made, _id: present._id }
      return domains.replaceToken(present, after, tokenTold(scope, action, present, after, made.created_at))
    }
    // A crash after this leaves the old token with its grace and no default: the repeat, or a rotation, makes one.
    const old = retired(present, made.created_at + grace)
    await domains.replaceToken(present, old, tokenTold(scope, 'token.retire', present, old, made.created_at))
    return false
  }

  /** @throws CONFLICT when the token is another's */
  async assertFree(secret: string, domain: string): Promise<void> {
    const { store, clock } = this.#parts
    const other = await store.domains.tokenByHash(sha256(secret))
    const isOwn = other?.domain === domain && other.name === defaultTokenName
    if (other !== null && !isOwn && isExpired(other, clock.now())) await store.domains.endToken(other.domain, other._id)
    else if ((other !== null && !isOwn) || this.isAdmin(secret))
      throw new HydraError('CONFLICT', 'That token is in use already; choose another.')
  }

  /** The change stands in the store: what is shown of it must not fail it. */
  #show(domain: string): Promise<void> {
    return tell(() => this.#parts.shown.showOne(domain))
  }

  async #assertDomain(name: string): Promise<void> {
    if ((await this.#parts.store.domains.get(name)) === null) throw notFound('domain', name)
  }

  /** Removes tokens that expired long ago, and one that expired under the name that is to be given again. */
  async #sweep(domain: string, name: string): Promise<void> {
    const { store, clock } = this.#parts
    const now = clock.now()
    for (const token of await store.domains.tokens(domain))
      if (isExpired(token, now) && (token.name === name || isExpired(token, now - shownFor)))
        await store.domains.endToken(domain, token._id)
  }
}

/** A new default token, without an end. */
const aToken = (domain: string, secret: string, created_at: Millis): Token => ({
  _id: newId(),
  name: defaultTokenName,
  domain,
  role: 'domain',
  hash: sha256(secret),
  created_at,
  expires_at: null,
  last_used_at: null,
})

/** A token as the audit tells of it: never its hash. */
const shown = ({ _id, name, role, expires_at }: Token) => ({ id: _id, name, role, expires_at: isoOrNull(expires_at) })

/** What became of a token, as the audit tells it. */
const tokenTold = (
  scope: Scope,
  action: 'token.create' | 'token.retire' | 'domain.rotate',
  before: Token | null,
  after: Token,
  at: Millis,
): AuditEntry => {
  const { domain, _id } = after
  const object = action === 'domain.rotate' ? domain : _id
  return audited(scope, at, { action, domain, object, before: before && shown(before), after: shown(after) })
}
