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
