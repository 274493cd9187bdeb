import { z } from 'zod'
import { text } from './fields.ts'
import type { Millis } from './time.ts'

export const roles = ['domain', 'worker', 'read'] as const
export type Role = (typeof roles)[number]

/** The name of the token that the seed's routes know. */
export const defaultTokenName = 'default'

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
