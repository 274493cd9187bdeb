import type { Millis } from '../model/time.ts'

/** How much earlier than its document an id is made at most, as a rule: by a request whose repeat finishes it. ms */
export const usualLead: Millis = 25 * 3_600_000
/** How much later at most, as a rule: clocks differ. ms */
export const usualLag: Millis = 600_000
/** An id that tells no time could be of any. */
export const anyTime: Millis = 2 ** 48

/** Bounds of ids; null: no bound. */
export interface IdRange {
  readonly from: string | null
  readonly before: string | null
}

/**
 * The ids that something created from `since` on and before `until` can have, where ids are made up to `lead` before what
 * they name, and up to `lag` after it.
 */
export function idsBetween(span: {
  readonly since: Millis | null
  readonly until: Millis | null
  readonly lead: Millis
  readonly lag: Millis
}): IdRange {
  const { since, until, lead, lag } = span
  return {
    from: since === null || lead >= anyTime ? null : firstId(since - lead),
    before: until === null || lag >= anyTime ? null : firstId(until + lag),
  }
}

/**
 * Ids of what was created before a moment, for who can wait for the rest: as a rule not even `usualLag` stands between the
 * moment and the bound, so that what is younger need not be looked at. Null: no bound.
 */
export function idsMadeBefore(until: Millis | null, lag: Millis): string | null {
  if (until === null || lag >= anyTime) return null
  return firstId(lag > usualLag ? until + lag : until)
}

/** When an id was made, or null where it does not say. */
export function momentOf(id: string): Millis | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null
}

/** Not after any id of a moment, and after every id before it. */
export function firstId(at: Millis): string {
  const hex = Math.min(Math.max(0, Math.floor(at)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
