import { z } from 'zod'
import { CardWire, HeldWire, heldAndLoad, ReportWire } from './link.ts'

/**
 * What a worker and the schedulers write to each other where Redis is the link: JSON texts in the streams
 * `reports:<domain>:<worker_id>` and `inbox:<domain>:<worker_id>`. Source: docs/worker-protocol.md.
 */

const session = z.string().max(100)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
/** Names a question, so that its answer is known. */
const id = z.string().max(100)

/** Worker → control plane. */
export const Letter = z.discriminatedUnion('kind', [
  z.object({ id, kind: z.literal('register'), card: CardWire, secret_hash: hash, token_hash: hash }),
  z.object({ id, kind: z.literal('renew'), session, ...heldAndLoad }),
  z.object({ id, kind: z.literal('report'), session, reports: z.array(ReportWire).max(1000) }),
  z.object({ id, kind: z.literal('goodbye'), session }),
])
export type Letter = z.infer<typeof Letter>

/** What of a letter is known even where the rest cannot be read: who asked gets an answer. */
export const LetterId = z.object({ id })

/** Control plane → worker. `servers`: where schedulers can be reached over HTTP when Redis cannot. */
export const Answer = z.union([
  z.object({ id, ok: z.unknown(), servers: z.array(z.string()) }),
  z.object({ id, error: z.object({ code: z.string(), detail: z.string() }) }),
  z.object({ cancel: HeldWire }),
])
export type Answer = z.infer<typeof Answer>
