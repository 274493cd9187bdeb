import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { invalid } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'
import type { Caller } from './caller.ts'

/** How long a confirm holds. */
const holdsFor: Millis = 10 * 60_000

const Signed = z.tuple([z.int(), z.string(), z.int()])

/** What was previewed: `act` is all that the request said of it. */
export interface Previewed {
  readonly act: unknown
  readonly matched: number
  readonly last: string
}

/**
 * A confirm says what a preview counted, until when it holds, and is sealed together with the act, the domain and the token
 * that asked. The seal's key is the hash of that token: every scheduler makes the same, nothing is stored, and to another
 * token it is worth nothing. It guards against accidents; who has the token could ask for a preview as well.
 */
export function confirmOf(caller: Caller, { act, matched, last }: Previewed, now: Millis): string {
  const told = Buffer.from(JSON.stringify([matched, last, now + holdsFor])).toString('base64url')
  return `${told}.${seal(caller, act, told)}`
}

/** What the preview of just this act had counted. @throws INVALID for another act, another token, or what is too old */
export function confirmed(
  caller: Caller,
  act: unknown,
  confirm: string,
  now: Millis,
): { matched: number; last: string } {
  const [told = '', sealed = '', ...rest] = confirm.split('.')
  const expected = Buffer.from(seal(caller, act, told))
  const given = Buffer.from(sealed)
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refused('is not the one of a preview of just this, by this token')
  const [matched, last, until] = Signed.parse(JSON.parse(Buffer.from(told, 'base64url').toString()))
  if (until < now) throw refused('holds no longer: look at a new preview')
  return { matched, last }
}

const seal = ({ key, scope }: Caller, act: unknown, told: string): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([scope.domain, act, told]))
    .digest('base64url')

const refused = (message: string) => invalid([{ path: 'confirm', message }])
