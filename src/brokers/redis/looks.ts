import type { Waiting } from '../../ports/broker.ts'
import { list, rows } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { parts } from './parts.ts'
import { needsOf, waitingFrom } from './records.ts'

/** How much one call reads: none may hold Redis for a millisecond. */
const atOnce = { head: 200, shown: 50 } as const

interface Ranked {
  readonly domain: string
  readonly run_id: string
  readonly score: number
}

/** The best of what waits in some domains, in the order of dispatch. What changes meanwhile may be missing: a look is a look. */
export async function bestWaiting(
  redis: RedisConnection,
  domains: readonly string[],
  limit: number,
): Promise<readonly Waiting[]> {
  const heads = await Promise.all(domains.map((domain) => headOf(redis, domain, limit)))
  const best = heads
    .flat()
    .sort((one, other) => one.score - other.score || (one.run_id < other.run_id ? -1 : 1))
    .slice(0, limit)
  const found = new Map<string, Waiting>()
  for (const [domain, theirs] of Map.groupBy(best, (entry) => entry.domain))
    for (const some of parts(theirs, atOnce.shown)) {
      const ids = some.map(({ run_id }) => run_id)
      const [runs, classes] = list(await redis.call('waiting', domain, ids))
      const needs = needsOf(classes)
      for (const [id = '', kept = ''] of rows(runs, 2)) found.set(id, waitingFrom(domain, id, kept, needs))
    }
  return best.flatMap(({ run_id }) => found.get(run_id) ?? [])
}

async function headOf(redis: RedisConnection, domain: string, limit: number): Promise<readonly Ranked[]> {
  const pending = redis.keys.pending(domain)
  const found = new Map<string, number>()
  for (let at = 0; at < limit; at += atOnce.head) {
    const last = Math.min(limit, at + atOnce.head) - 1
    const page = await redis.ask((client) => client.zrange(pending, String(at), String(last), 'WITHSCORES'))
    // What moves down between two pages is in both.
    for (const [run_id = '', rank] of rows(page, 2)) found.set(run_id, Number(rank))
    if (page.length < 2 * (last - at + 1)) break
  }
  return [...found].map(([run_id, score]) => ({ domain, run_id, score }))
}
