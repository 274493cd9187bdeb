import { z } from 'zod'
import { filled, text, timeOrNull, whole } from './fields.ts'
import type { Millis } from './time.ts'

export const roles = ['domain', 'worker', 'read'] as const
export type Role = (typeof roles)[number]

/** The name of the token that the seed's routes know. */
export const defaultTokenName = 'default'

/** The actor's name where the admin acts: no token can have it. */
export const adminName = 'admin'

/** The longest that a replaced token may stay beside the new one: 30 days, in seconds. */
const longestGrace = 30 * 86_400

/** A tenant. */
export interface Domain {
  readonly domain: string
  readonly display_name: string | null
  readonly description: string | null
  readonly created_at: Millis
}

/** A token, as stored: its SHA-256 hash in hex, never itself. */
export interface Token {
  readonly _id: string
  readonly name: string
  readonly domain: string
  readonly role: Role
  readonly hash: string
  readonly created_at: Millis
  readonly expires_at: Millis | null
  readonly last_used_at: Millis | null
}

/** A domain's name. `pending` would collide with the pending queue's key. */
export const DomainName = z
  .string({ error: 'must be a string' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    error: 'must begin with a letter or digit and have at most 63 letters, digits, dots, underscores and hyphens',
  })
  .refine((name) => name !== 'pending', { error: 'must not be the reserved name pending' })

const emptyIsNull = (value: unknown): unknown => (value === '' || value === undefined ? null : value)

/** A token that a caller gives: 8 to 200 printable characters. */
export const GivenToken = z.preprocess(
  emptyIsNull,
  z
    .string({ error: 'must be a string' })
    .regex(/^[\x21-\x7e]{8,200}$/, { error: 'must have 8 to 200 printable characters without spaces' })
    .nullable(),
)

/** The body of `POST /admin/domains`. */
export const NewDomain = z.object({
  domain: DomainName,
  display_name: z.preprocess(emptyIsNull, text(200).nullable()),
  description: z.preprocess(emptyIsNull, text(2000).nullable()),
  token: GivenToken,
})

/** The body of `PUT /admin/domains/{domain}`: only what is sent changes. */
export const DomainChange = z.object({
  display_name: text(200).nullable().optional(),
  description: text(2000).nullable().optional(),
  token: GivenToken.optional(),
})

/** A token's name: it stands in lists, in the audit and in reasons such as `cancelled by NAME`. */
const TokenName = filled(100)
  .refine((name) => !/\p{C}/u.test(name) && name.trim() === name, {
    error: 'must not contain control characters, nor begin or end with white space',
  })
  .refine((name) => name !== adminName, { error: `must not be ${adminName}, the name of the admin's own token` })

/** The body of `POST /admin/domains/{domain}/tokens`. */
export const NewToken = z
  .object({
    name: TokenName,
    role: z.enum(roles, { error: `must be one of ${roles.join(', ')}` }),
    expires_at: timeOrNull(),
  })
  .refine(({ name, role }) => name !== defaultTokenName || role === 'domain', {
    path: ['role'],
    error: `must be domain for the token named ${defaultTokenName}: it is the domain's own`,
  })

/** `?grace_seconds=`: how long the old token works beside the new one. */
export const GraceSeconds = whole(0, longestGrace).optional()

export const isExpired = ({ expires_at }: Token, now: Millis): boolean => expires_at !== null && expires_at <= now

/**
 * A token whose place another takes, as it goes on for a grace: under a name of its own, so that it is seen in the list and
 * told apart in what it did. It ends no later than it would have. Pure.
 */
export function retired(token: Token, graceEnds: Millis): Token {
  const name = `${token.name}-old-${token._id.slice(-6)}`
  return { ...token, name, expires_at: Math.min(token.expires_at ?? graceEnds, graceEnds) }
}
