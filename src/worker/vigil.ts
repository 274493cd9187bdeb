import type { Millis } from '../model/time.ts'

/** How often the supervisor is asked for a sign of life. */
export const pingEvery: Millis = 1000
/** Silent for so long of the agent's own running time, a supervisor without a deadline is taken for hung. */
export const longestSilence: Millis = 30_000
/** With a deadline sooner: what it runs must be ended before the lease is. */
export const longestLeasedSilence: Millis = 3000
/** A look that comes so much too late says that the agent itself stood still. */
const late: Millis = 1000

/** When the agent last looked, and since when it has waited in vain. Monotonic, ms. */
export interface Vigil {
  readonly lookedAt: Millis
  readonly silentSince: Millis
}

export const vigilFrom = (now: Millis): Vigil => ({ lookedAt: now, silentSince: now })

/** The supervisor gave a sign of life. Pure. */
export const heardAt = (vigil: Vigil, now: Millis): Vigil => ({ ...vigil, silentSince: now })

/**
 * One look, due every `pingEvery`. After a late one the count begins anew: the agent was stopped itself (a suspended
 * machine, a debugger, a long pause), and what the supervisor said meanwhile is still to be read. Pure.
 */
export function look(vigil: Vigil, now: Millis, longest = longestSilence): { vigil: Vigil; isHung: boolean } {
  const wasLate = now - vigil.lookedAt > pingEvery + late
  const silentSince = wasLate ? now : vigil.silentSince
  return { vigil: { lookedAt: now, silentSince }, isHung: now - silentSince >= longest }
}
