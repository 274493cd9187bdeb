import { z } from 'zod'
import { unixSeconds } from '../model/time.ts'
import type { WorkerView } from '../scheduler/views.ts'

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

/** A worker as the wire shows it. */
export function workerDocument({ card, state, status, heartbeat, running }: WorkerView): WorkerDocument {
  return {
    worker_id: card.worker_id,
    domain: card.domain,
    os: card.os,
    tags: [...card.tags],
    allowed_users: [...card.allowed_users],
    queues: [...card.queues],
    max_concurrency: card.max_concurrency,
    current_running: running.length,
    last_heartbeat: unixSeconds(heartbeat),
    status,
    state,
    hostname: card.hostname,
    ip: card.ip,
    subnet: card.subnet,
    deployment_type: card.deployment_type,
    run_user: card.run_user,
    cpu_count: card.cpu_count,
    python_version: card.python_version,
    cwd: card.cwd,
    running_jobs: running.map(({ job_id }) => job_id),
    running_runs: running.map(({ run_id }) => run_id),
    capabilities: [...card.capabilities],
    kill_level: card.kill_level,
    version: card.version,
  }
}
