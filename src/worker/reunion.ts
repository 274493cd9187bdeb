import { nothingSeen } from '../model/completion-rules.ts'
import { noOutput } from '../model/run.ts'
import type { Ended } from '../model/run-life.ts'
import type { Millis } from '../model/time.ts'
import type { HeldNote } from '../supervisor/messages.ts'
import { Attempt, keyOf } from './attempt.ts'
import type { Roster } from './roster.ts'

const noRules = {
  exit_codes: [],
  stdout_contains: [],
  stdout_not_contains: [],
  stderr_contains: [],
  stderr_not_contains: [],
}

/** An end that the worker itself has to tell: nothing was read of the process. */
export const endedHere = (cause: 'not_spawned' | 'lost', reason: string, now: Millis): Ended => ({
  cause,
  returncode: null,
  end_ts: now,
  reason,
  seen: nothingSeen(noRules),
  output: noOutput,
})

/**
 * Brings what the agent knows together with what a supervisor that it meets holds. What the supervisor holds is
 * taken over; what it was told to start and does not hold is ordered anew (it refuses what it has known).
 *
 * @param order gives the start order for an attempt that waits
 * @param now ms
 */
export function reunite(
  roster: Roster,
  held: readonly HeldNote[],
  order: (attempt: Attempt) => void,
  now: Millis,
): void {
  const known = new Set(held.map(keyOf))
  for (const note of held) {
    const attempt = roster.get(note) ?? new Attempt(note)
    roster.add(attempt)
    roster.follow(attempt, attempt.adopt(note))
  }
  for (const attempt of [...roster]) {
    if (known.has(attempt.key) || attempt.phase === 'ended') continue
    if (attempt.phase === 'running' || attempt.grant === null) {
      // Its journal is gone with whatever it ran: somebody removed the folder.
      attempt.endHere(endedHere('lost', 'the supervisor does not know this attempt any more', now))
      roster.follow(attempt)
    } else order(attempt)
  }
}
