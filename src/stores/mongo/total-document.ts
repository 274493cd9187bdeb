import { z } from 'zod'
import { reader } from './stored.ts'

/** What a job's runs add up to. */
export interface Counts {
  total: number
  success: number
  failed: number
}

export const noTotals = (): Counts => ({ total: 0, success: 0, failed: 0 })

/** failed = failed + timed_out; a cancelled run counts in the total alone. Source: the wire contract, `/overview/jobs`. */
export function addStatus(sum: Counts, status: string, count: number): void {
  sum.total += count
  if (status === 'success') sum.success += count
  if (status === 'failed' || status === 'timed_out') sum.failed += count
}

/** A job's totals as they are stored. `counted`: runs in them whose effect may still be open. */
export const readTotals = reader(
  'document of totals',
  z.object({
    _id: z.string(),
    rev: z.number(),
    total: z.number(),
    success: z.number(),
    failed: z.number(),
    counted: z.array(z.string()),
  }),
)
