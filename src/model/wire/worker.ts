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

/** A worker was told whether to take new work. */
export const WorkerStateDocument = z.object({ ok: z.literal(true), state: z.enum(workerStates) })
export type WorkerStateDocument = z.infer<typeof WorkerStateDocument>
