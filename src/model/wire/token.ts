import { z } from 'zod'
import { roles } from '../domain.ts'
import { time, timeOrNull } from './time.ts'

/** A token as it is listed: neither itself nor its hash. */
export const TokenDocument = z
  .object({
    id: z.string(),
    name: z.string(),
    domain: z.string(),
    role: z.enum(roles),
    created_at: time,
    expires_at: timeOrNull,
    last_used_at: timeOrNull.describe('Within a minute or two.'),
  })
  .meta({ id: 'Token' })
export type TokenDocument = z.infer<typeof TokenDocument>

/** A token was made. */
export const TokenAnswer = z
  .object({ ok: z.literal(true), id: z.string(), token: z.string().describe('Shown once.') })
  .meta({ id: 'TokenAnswer' })
export type TokenAnswer = z.infer<typeof TokenAnswer>
