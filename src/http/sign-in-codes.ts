import { timingSafeEqual } from 'node:crypto'
import type { Millis } from '../model/time.ts'
import { newSecret, sha256 } from '../runtime/ids.ts'

/** How long a link to sign in works. ms */
export const codeLife: Millis = 15 * 60_000

/** More links than this are not open at once: the oldest ends. */
const most = 20

interface Code {
  readonly hash: string
  readonly token: string
  readonly until: Millis
}

/**
 * Codes that stand for a token once, for a while: a link on a screen, in a history or in a log is worth nothing when it was
 * used. They live in this process alone, and end with it.
 */
export class SignInCodes {
  #codes: readonly Code[] = []

  /** A code for a token. @param now ms, monotonic */
  issue(token: string, now: Millis): string {
    const code = newSecret()
    const open = this.#codes.filter(({ until }) => until > now).slice(1 - most)
    this.#codes = [...open, { hash: sha256(code), token, until: now + codeLife }]
    return code
  }

  /** The token that a code stands for, this once; null where there is no such code (any more). @param now ms, monotonic */
  redeem(code: string, now: Millis): string | null {
    const given = Buffer.from(sha256(code))
    // Every code is compared, and each in constant time: how long it takes tells nothing about any.
    const found = this.#codes.filter(({ hash }) => timingSafeEqual(Buffer.from(hash), given))
    this.#codes = this.#codes.filter((one) => !found.includes(one))
    const [one] = found
    return one !== undefined && one.until > now ? one.token : null
  }
}
