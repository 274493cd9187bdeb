import { HydraError } from '../model/errors.ts'
import type { Millis } from '../model/time.ts'

/** The broker (or the store) cannot be reached at the moment. */
export const isAway = (error: unknown): boolean => error instanceof HydraError && error.code === 'UNAVAILABLE'

/**
 * Tells the broker what the store has decided already. Is it away, then that is not the caller's matter: the walk over
 * the store, the workers' renewals and the look at the seats make it good.
 */
export function tell(broker: () => Promise<unknown>): Promise<void> {
  return askedOr(async () => void (await broker()), undefined)
}

/** What is answered within so many ms; later, or where that is away, the other. What comes too late is dropped. */
export async function inTimeOr<T>(asked: Promise<T>, ms: Millis, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  }).then(otherwise)
  try {
    return await Promise.race([asked, late])
  } catch (error) {
    if (isAway(error)) return otherwise()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** As asked of the broker, or `otherwise` while it is away. */
export async function askedOr<T>(broker: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await broker()
  } catch (error) {
    if (isAway(error)) return otherwise
    throw error
  }
}
