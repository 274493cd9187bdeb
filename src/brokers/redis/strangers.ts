import type { WorkerCard } from '../../model/session.ts'
import type { Stranger } from '../../ports/broker.ts'
import { rows } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'

/** How many workers one call looks at. */
const atOnce = 100

/** Workers that put themselves into a domain's keys without a session: of an earlier system, or of another protocol. */
export async function strangersIn(redis: RedisConnection, domain: string): Promise<readonly Stranger[]> {
  const found: Stranger[] = []
  for (let from = 0, more = true; more; from += atOnce) {
    const some = rows(await redis.call('heartbeats', domain, [from, atOnce]), 3)
    for (const [worker_id = '', session, beat] of some) {
      if (session !== '') continue
      const fields = await redis.ask((client) => client.hgetall(redis.keys.worker(domain, worker_id)))
      found.push({ card: cardFrom(domain, worker_id, fields), heartbeat: Math.round(Number(beat) * 1000) })
    }
    more = some.length === atOnce
  }
  return found
}

/** What a worker wrote of itself, in the words of the contract; nothing of it is relied on. */
function cardFrom(domain: string, worker_id: string, fields: Readonly<Record<string, string>>): WorkerCard {
  const text = (name: string): string => fields[name] ?? ''
  const words = (name: string): readonly string[] =>
    text(name)
      .split(',')
      .filter((word) => word !== '')
  const count = (name: string): number => Math.max(0, Math.trunc(Number(text(name))) || 0)
  return {
    domain,
    worker_id,
    os: text('os'),
    tags: words('tags'),
    allowed_users: words('allowed_users'),
    queues: words('queues'),
    max_concurrency: count('max_concurrency'),
    hostname: text('hostname'),
    ip: text('ip'),
    subnet: text('subnet'),
    deployment_type: text('deployment_type'),
    run_user: text('run_user'),
    cpu_count: count('cpu_count'),
    python_version: text('python_version') || null,
    cwd: text('cwd'),
    capabilities: [],
    kill_level: '',
    version: '',
    ttl: null,
    first_state: 'online',
  }
}
