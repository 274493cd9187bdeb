import { z } from 'zod'
import { runStatuses } from '../run-status.ts'
import { time } from './time.ts'

const ofJob = { job_id: z.string(), name: z.string(), domain: z.string() }

/** What is slower than its own past, and what is late. */
export const AttentionDocument = z
  .object({
    looked: z.int().describe('How many ended runs of the span were looked at: the newest.'),
    complete: z.boolean().describe('Whether those are all.'),
    slow: z
      .array(
        z.object({
          ...ofJob,
          run_id: z.string(),
          status: z.enum(runStatuses),
          seconds: z.number().describe('So far, or until its end.'),
          p50: z.number().describe("Of the job's runs of two weeks. Seconds."),
          p95: z.number(),
          of: z.int().describe('How many runs that is of.'),
        }),
      )
      .describe('The slowest run of each job that took much longer than 95 % of the runs of its job, the worst first.'),
    late: z
      .array(
        z.object({
          ...ofJob,
          run_id: z.string().nullable().describe('Null: its tick is not decided yet.'),
          state: z.enum(['undecided', 'waiting', 'started']),
          due: time,
          seconds: z.number().describe('After it was due: so far, or until its start.'),
          reason: z.string().nullable().describe('Why it has not started.'),
        }),
      )
      .describe(
        'What is due for more than 30 s and has not started, the worst of each job first; then what started so late.',
      ),
  })
  .meta({ id: 'Attention' })
export type AttentionDocument = z.infer<typeof AttentionDocument>
