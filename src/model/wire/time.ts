import { z } from 'zod'

/** A time on the wire: ISO 8601 in UTC with milliseconds and Z. */
export const time = z.iso.datetime()
export const timeOrNull = time.nullable()
