import type { Millis } from './time.ts'

/** The wait before the n-th retry of a run: the first at once, then 1, 2, 4 … at most 60 s. Source: the wire contract, "Run". */
export function backoff(retry: number): Millis {
  return retry <= 1 ? 0 : Math.min(60_000, 1000 * 2 ** Math.min(retry - 2, 10))
}
