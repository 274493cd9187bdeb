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
  if (!(error instanceof MongoError)) return false
  if (error instanceof MongoBulkWriteError) return isUndecidedBulk(error)
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  if (error instanceof MongoWriteConcernError) return true
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('ResetPool')) return true
  // A pool that was cleared, a wait for a connection that took too long.
  if (error instanceof MongoDriverError)
    return /^Mongo(?:Pool|WaitQueue|Topology|NotConnected|ServerClosed)/.test(error.name)
  return passing.has(error.code)
}

/** The driver wraps whatever a bulk fails with. Without a single write that failed, it is an error of the whole. */
function isUndecidedBulk(error: MongoBulkWriteError): boolean {
  if (error.result.getWriteConcernError() !== undefined) return true
  return errorsOf(error).length === 0 && (typeof error.code !== 'number' || passing.has(error.code))
}

export const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11000

/**
 * Of a bulk write in which some failed because of a unique key: which of them. Null for any other error.
 */
export function duplicatesIn(error: unknown): readonly number[] | null {
  if (!(error instanceof MongoBulkWriteError) || isUndecided(error)) return null
  const failed = errorsOf(error)
  return failed.length > 0 && failed.every(({ code }) => code === 11000) ? failed.map(({ index }) => index) : null
}

const errorsOf = ({ writeErrors }: MongoBulkWriteError) => (Array.isArray(writeErrors) ? writeErrors : [writeErrors])

/** What a caller is told of a store that does not answer. */
export const away = (cause: unknown): HydraError =>
  Object.assign(new HydraError('UNAVAILABLE', 'The store does not answer; try again.', { retryAfter: 2 }), { cause })
