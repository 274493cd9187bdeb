import { z } from 'zod'
import { workerStates } from '../session.ts'

const names = z.array(z.string())

/** A worker as it is answered: every field, always. */
export const WorkerDocument = z
  .object({
    worker_id: z.string(),
    domain: z.string(),
    os: z.string(),
    tags: names,
    allowed_users: names,
    queues: names,
    max_concurrency: z.int(),
    current_running: z.int(),
    last_heartbeat: z.number().describe('Unix seconds.'),
    status: z.enum(['online', 'offline']),
    state: z.enum(['online', 'draining', 'disabled', 'incompatible']),
    hostname: z.string(),
    ip: z.string(),
    subnet: z.string(),
    deployment_type: z.string(),
    run_user: z.string(),
    cpu_count: z.int(),
    python_version: z.string().nullable(),
    cwd: z.string(),
    running_jobs: names,
    running_runs: names,
    capabilities: names,
    kill_level: z.string(),
    version: z.string(),
  })
  .meta({ id: 'Worker' })
export type WorkerDocument = z.infer<typeof WorkerDocument>

/** How busy a worker's machine was over the last hour. */
export const WorkerLoadDocument = z
  .object({
    worker_id: z.string(),
    domain: z.string(),
    samples: z
      .array(
        z.object({
          ts: z.number().describe('Unix seconds.'),
          load_average: z
            .number()
            .nullable()
            .describe('Processes that ran or were ready to, on average over a minute; null where nobody counts them.'),
          memory_free: z.int().describe('Bytes that processes could still be given.'),
          memory_total: z.int(),
        }),
      )
      .describe('At most one a minute, the oldest first. None where the worker does not tell.'),
  })
  .meta({ id: 'WorkerLoad' })
export type WorkerLoadDocument = z.infer<typeof WorkerLoadDocument>

/** A worker was told whether to take new work. */
export const WorkerStateDocument = z.object({ ok: z.literal(true), state: z.enum(workerStates) })
export type WorkerStateDocument = z.infer<typeof WorkerStateDocument>
