import { unixSeconds } from '../model/time.ts'
import type { WorkerDocument } from '../model/wire/worker.ts'
import type { ListedWorker } from '../scheduler/views.ts'

/** A worker as the wire shows it. */
export function workerDocument({ card, state, status, heartbeat, running }: ListedWorker): WorkerDocument {
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
