import { createHash, randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'

/** A new identifier: opaque, time-ordered, strictly increasing within a process (UUIDv7, RFC 9562). */
export const newId = (): string => uuidv7()

/** A secret of 256 random bits, as text that fits a header. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** A short random mark. */
export const newMark = (): string => randomBytes(9).toString('base64url')

/** SHA-256 in hex: how tokens and secrets are stored. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The id that something named gets within a request that makes many: the same at each repeat of the request. It begins as the
 * request's own id does, with its time and 12 random bits (UUIDv7, RFC 9562).
 */
export function idWithin(request: string, name: string): string {
  const hash = sha256(`${request} ${name}`)
  const variant = '89ab'[Number.parseInt(hash.charAt(0), 16) % 4]
  return `${request.slice(0, 18)}-${variant}${hash.slice(1, 4)}-${hash.slice(4, 16)}`
}
