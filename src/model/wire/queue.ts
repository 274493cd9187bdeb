import { z } from 'zod'
import { OverviewRun } from './run.ts'
import { time } from './time.ts'

/** What waits and why, and what is planned next. */
export const QueueDocument = z.object({
  pending: z.array(
    z.object({
      job_id: z.string(),
      run_id: z.string(),
      name: z.string(),
      priority: z.int(),
      queue: z.string(),
      user: z.string(),
      reason: z.string(),
      domain: z.string(),
      since: time.describe('When it became due; for a retry, when the attempt before it ended.'),
    }),
  ),
  upcoming: z.array(
    z.object({ job_id: z.string(), name: z.string(), queue: z.string(), priority: z.int(), next_run_at: time }),
  ),
})

export type QueueDocument = z.infer<typeof QueueDocument>

/** A job with its totals and newest runs. */
export const OverviewDocument = z.object({
  job_id: z.string(),
  name: z.string(),
  schedule_mode: z.string(),
  timezone: z.string().describe("Its schedule's."),
  total_runs: z.int(),
  success_runs: z.int(),
  failed_runs: z.int(),
  queued_runs: z.int(),
  last_run: OverviewRun.nullable(),
  recent_runs: z.array(OverviewRun),
})
export type OverviewDocument = z.infer<typeof OverviewDocument>
