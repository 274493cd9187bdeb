import { ObjectId } from 'mongodb'
import { parseTime } from '../../model/fields.ts'
import type { Millis } from '../../model/time.ts'
import { firstId, momentOf } from '../id-time.ts'

/** Reading of what the seed's system wrote, field by field: what is missing or odd is null. */

/** An id as text: an ObjectId shows as its hex digits. */
export function idOf(value: unknown): string | null {
  if (value instanceof ObjectId) return value.toHexString()
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null
}

export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

export const wholeOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : null

/** Below this a number of time is in seconds: in milliseconds it would be before 1973. */
const fewest = 1e11

/** A date, ISO 8601 (UTC where it names no offset), or seconds or milliseconds since the epoch. */
export function momentIn(value: unknown): Millis | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime()
  if (typeof value === 'string') return parseTime(value)
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null
  return Math.round(value < fewest ? value * 1000 : value)
}

/** When a document was made, as far as its id tells. */
export function madeAt(id: unknown): Millis | null {
  if (id instanceof ObjectId) return id.getTimestamp().getTime()
  return typeof id === 'string' ? momentOf(id) : null
}

/** Where a document stands in the order of lists: by its time, for its id may be in no order. */
export const orderAt = (id: string, created_at: Millis): string =>
  momentOf(id) === null ? `${firstId(created_at)}-7${id}` : id
