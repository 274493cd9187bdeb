import type { Millis } from './time.ts'

const hour: Millis = 3_600_000

/** A repeat under an Idempotency-Key is recognised for this long. Source: the wire contract, "General rules". */
export const keysKeptFor: Millis = 24 * hour

/** A run beyond `keep_runs` stays for this long after its end: whoever waited for the end can read how it went. */
export const surplusStaysFor: Millis = 5000

/** What is left of a deleted job stays for this long: a repeat of the request that made it must not make it again. */
export const leftoversStayFor: Millis = keysKeptFor + hour

/** A removed domain's name stays taken for this long at least: every scheduler has then seen that the domain is gone. */
export const nameStaysTakenFor: Millis = 15_000

/** How much earlier than a job's first run by id another of its runs can have been made: ids may be a request's, a day old. */
const slack: Millis = 48 * hour

/**
 * Up to which of its replaced versions nothing needs a job's versions any more; null: all are needed. Those replaced since
 * `before` stay, and each that a run can have: a run has the version that its job had then.
 * @param oldestRun when the job's first run by id was created; null: it has none
 */
export function needlessUpTo(
  replaced: readonly { readonly version: number; readonly replaced_at: Millis }[],
  oldestRun: Millis | null,
  before: Millis,
): number | null {
  const until = oldestRun === null ? before : Math.min(before, oldestRun - slack)
  const needless = replaced.filter(({ replaced_at }) => replaced_at < until)
  return needless.length === 0 ? null : Math.max(...needless.map(({ version }) => version))
}

/**
 * The ids of a request that makes several runs begin alike: with the moment that it was made in, and 12 random bits. Source:
 * RFC 9562, UUIDv7.
 */
export const requestOf = (runId: string): string => runId.slice(0, 18)
