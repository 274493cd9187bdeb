/** Milliseconds since the epoch, UTC. Every time inside the program is one; ISO 8601 stands on the wire only. */
export type Millis = number

/** ISO 8601 in UTC with milliseconds and `Z`. */
export const iso = (at: Millis): string => new Date(at).toISOString()

/** As `iso`, for a time that may not be set. */
export const isoOrNull = (at: Millis | null): string | null => (at === null ? null : iso(at))

/** Unix seconds with a fraction: how events, log chunks and heartbeats show their time (the seed's way). */
export const unixSeconds = (at: Millis): number => at / 1000
