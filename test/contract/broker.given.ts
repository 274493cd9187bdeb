import { Affinity } from '../../src/model/affinity.ts'
import type { JobDefinition } from '../../src/model/job.ts'
import { parseDefinition } from '../../src/model/job.ts'
import type { WorkerCard } from '../../src/model/session.ts'
import type { Broker, Reservation, Taken, Waiting } from '../../src/ports/broker.ts'
import type { Grant } from '../../src/ports/link.ts'

/** How a driver is opened. */
export interface BrokerDriver {
  readonly name: string
  /** A broker that knows nothing; or another one for the same test, as of a second scheduler. */
  readonly open: () => Promise<Broker>
}

export const now = Date.parse('2026-03-01T00:00:00Z')
export const never = new AbortController().signal

export const aCard = (more: Partial<WorkerCard> = {}): WorkerCard => ({
  domain: 'prod',
  worker_id: 'w1',
  max_concurrency: 2,
  kill_level: 'subreaper',
  run_user: 'hydra',
  cpu_count: 2,
  python_version: null,
  cwd: '/',
  version: '0',
  ttl: null,
  first_state: 'online',
  os: 'linux',
  tags: [],
  allowed_users: [],
  queues: ['default'],
  hostname: 'host',
  ip: '127.0.0.1',
  subnet: '127.0.0',
  deployment_type: 'docker',
  capabilities: ['shell', 'external'],
  ...more,
})

export const waiting = (run_id: string, more: Partial<Waiting> & { tags?: string[] } = {}): Waiting => ({
  run_id,
  job_id: `job-of-${run_id}`,
  domain: 'prod',
  name: run_id,
  priority: 5,
  scheduled_ts: now,
  need: {
    queue: 'default',
    user: 'default',
    executor_type: 'shell',
    affinity: Affinity.parse({ tags: more.tags ?? [] }),
  },
  ...more,
})

function aDefinition(): JobDefinition {
  const { definition } = parseDefinition({ name: 'x', executor: { type: 'shell', script: 'true' } })
  if (!definition) throw new Error('the builder is wrong')
  return definition
}

export const grantFor = ({ waiting: { run_id, job_id, domain }, slot }: Reservation, token = 1): Grant => ({
  run_id,
  job_id,
  domain,
  token,
  grant: `g-${run_id}`,
  attempt: 1,
  slot,
  scheduled_ts: now,
  definition: aDefinition(),
  log_limit: 1000,
})

export const taken = (run_id: string, token: number, slot: number): Taken => ({
  run_id,
  job_id: `job-of-${run_id}`,
  token,
  slot,
  user: 'default',
})

export const giveAll = (broker: Broker, reservations: readonly Reservation[]) =>
  broker.give(reservations.map((reservation) => ({ reservation, grant: grantFor(reservation) })))

export const ids = (reservations: readonly Reservation[]): string[] =>
  reservations.map(({ waiting: { run_id } }) => run_id)
