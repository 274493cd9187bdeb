import {
  MongoBulkWriteError,
  MongoDriverError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb'
import { HydraError } from '../../model/errors.ts'

/**
 * What a server's errors mean. Codes: a write concern that was not met in time, no primary or none that may be written, a
 * server that shuts down, an interrupted operation, a socket that broke, a time limit.
 * Source: the driver specifications of MongoDB, "Retryable Writes" and "Server Discovery and Monitoring".
 */
const passing: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 100,
])

/** It may have done what it was asked, or may do it when asked again: nothing was decided. */
export function isUndecided(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  if (error instanceof MongoWriteConcernError) return true
  if (!(error instanceof MongoError)) return false
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('ResetPool')) return true
  // A pool that was cleared, a wait for a connection that took too long.
  if (error instanceof MongoDriverError)
    return /^Mongo(?:Pool|WaitQueue|Topology|NotConnected|ServerClosed)/.test(error.name)
  if (error instanceof MongoBulkWriteError && error.result.getWriteConcernError() !== undefined) return true
  return error instanceof MongoServerError && passing.has(error.code)
}

export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11000

/** Of a bulk write in which some failed: which of them, and whether because of a unique key. Null for any other error. */
export function failedWrites(
  error: unknown,
): readonly { readonly index: number; readonly isDuplicate: boolean }[] | null {
  if (!(error instanceof MongoBulkWriteError) || isUndecided(error)) return null
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return errors.map(({ index, code }) => ({ index, isDuplicate: code === 11000 }))
}

/** What a caller is told of a store that does not answer. */
export const away = (cause: unknown): HydraError =>
  Object.assign(new HydraError('UNAVAILABLE', 'The store does not answer; try again.', { retryAfter: 2 }), { cause })
