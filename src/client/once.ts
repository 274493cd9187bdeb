import type { RunWish } from '../model/wire/run.ts'
import type { JobPatch } from './input.ts'
import { type Ask, newKey } from './transport.ts'

/** A request under a key of its own: asked again after a lost connection, it makes nothing twice. */
export interface Once {
  /** One is made unless given. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** What makes a POST repeatable. */
export const asOnce = ({ idempotencyKey = newKey(), signal }: Once): Omit<Ask, 'path'> => ({
  method: 'POST',
  headers: { 'idempotency-key': idempotencyKey },
  signal,
  repeatable: true,
})

/** What a run alone is to have otherwise than its job: fields of the definition but its name, key, schedule and `keep_runs`. */
export type RunPatch = Omit<JobPatch, 'name' | 'key' | 'schedule' | 'keep_runs'>

/** A request for a run, and what it alone is to have otherwise; null: nothing. */
export interface RunOnce extends Once {
  readonly changes?: RunPatch | RunWish['changes']
}

/** The body of such a request; none where it has nothing to say. */
export const asWish = (changes: RunOnce['changes']): RunWish | undefined =>
  changes === undefined ? undefined : { changes }
