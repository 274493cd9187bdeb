import { z } from 'zod'
import { auditActions } from '../audit.ts'
import { time } from './time.ts'

const values = z.record(z.string(), z.unknown()).nullable()

/** One change that was made through the API. */
export const AuditDocument = z
  .object({
    _id: z.string(),
    at: time,
    domain: z.string(),
    actor: z.string().describe("The name of the token; admin for the admin's."),
    token_id: z.string().nullable().describe("null for the admin's."),
    action: z.enum(auditActions),
    object: z.string().describe('The id of the job, run or token, or the name of the domain or worker.'),
    before: values.describe('What was otherwise; a job’s versions have what is hidden here.'),
    after: values,
    address: z.string().nullable(),
    agent: z.string().nullable().describe("The client's User-Agent."),
  })
  .meta({ id: 'AuditEntry' })
export type AuditDocument = z.infer<typeof AuditDocument>
