import { isOut, type Run } from '../model/run.ts'
import type { Held } from '../ports/link.ts'

/** How many renewals in a row passed over a token that the store says the session has. */
export type Unnamed = ReadonlyMap<string, number>

/** A grant may be on its way, and so may a report: only what two renewals in a row passed over is sent again. */
export const againAfter = 2
/** What was sent again this often and is still not named will never be. */
export const lostAfter = 6

export interface ReckonedRenewal {
  readonly cancel: readonly Held[]
  readonly forget: readonly Held[]
  readonly again: readonly Run[]
  readonly lost: readonly Run[]
  readonly unnamed: Unnamed
}

const keyOf = (runId: string, token: number): string => `${runId}:${token}`

/**
 * Holds what the store says a session has against what the worker says it holds. Pure.
 * @param out the session's dispatched and running runs
 * @param held what the renewal names
 * @param unnamed the counts of the renewal before; null: this one is older than they are, and what it passes over says nothing
 */
export function reckonRenewal(out: readonly Run[], held: readonly Held[], unnamed: Unnamed | null): ReckonedRenewal {
  const named = new Set(held.map(({ run_id, token }) => keyOf(run_id, token)))
  const theirs = new Map(out.filter(isOut).map((run) => [keyOf(run._id, run.token), run]))
  const missed = unnamed === null ? [] : [...theirs.values()].filter((run) => !named.has(keyOf(run._id, run.token)))
  const counts = new Map(
    missed.map((run) => [keyOf(run._id, run.token), (unnamed?.get(keyOf(run._id, run.token)) ?? 0) + 1]),
  )
  const count = (run: Run): number => counts.get(keyOf(run._id, run.token)) ?? 0
  // A running one was started once: sent again it could start twice, so it is given up, never sent.
  const lost = missed.filter((run) => count(run) >= (run.status === 'running' ? againAfter : lostAfter))
  return {
    cancel: held.filter(
      ({ run_id, token }) => (theirs.get(keyOf(run_id, token))?.cancel_requested_at ?? null) !== null,
    ),
    forget: held.filter(({ run_id, token }) => !theirs.has(keyOf(run_id, token))),
    again: missed.filter((run) => run.status === 'dispatched' && count(run) >= againAfter && count(run) < lostAfter),
    lost,
    unnamed: counts,
  }
}
