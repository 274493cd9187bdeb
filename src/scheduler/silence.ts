import type { Millis } from '../model/time.ts'

/** A session's heartbeat as a scheduler saw it, and since when, by the scheduler's own monotonic clock, ms. */
export interface Sighting {
  readonly heartbeat: Millis | null
  readonly since: number
}

export type Sightings = ReadonlyMap<string, Sighting>

/** What one look finds. `heartbeat` null: the broker knows of none. */
export interface Beat {
  readonly session: string
  readonly ttl: Millis
  readonly heartbeat: Millis | null
}

/**
 * Which sessions are silent. A heartbeat's *change* is a sign of life, its value is not: clocks differ. Whoever looks
 * late begins anew, since it may have been stopped itself while all others lived. Pure.
 * @param now when it looked, monotonic, ms
 */
export function looked(seen: Sightings, beats: readonly Beat[], now: number, isLate: boolean) {
  const sightings = new Map<string, Sighting>()
  const silent: string[] = []
  for (const { session, ttl, heartbeat } of beats) {
    const before = isLate ? undefined : seen.get(session)
    const same = before !== undefined && before.heartbeat === heartbeat
    const sighting = same ? before : { heartbeat, since: now }
    sightings.set(session, sighting)
    if (now - sighting.since >= ttl) silent.push(session)
  }
  return { sightings, silent } as const
}
