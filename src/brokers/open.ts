import type { Broker } from '../ports/broker.ts'
import type { Feed } from '../ports/feed.ts'
import type { RedisConnection } from '../redis/connection.ts'
import type { Log } from '../runtime/log.ts'

/** What schedulers share, opened. */
export interface OpenedBroker {
  readonly broker: Broker
  /** Events of all schedulers; null where there is one alone. */
  readonly feed: Feed | null
  /** For the letters of workers; null where no worker can write any. */
  readonly redis: RedisConnection | null
}

/**
 * Opens a broker by its URL: `memory:` is the one of this process alone, `redis:` and its kin (`rediss:`,
 * `redis+sentinel:`, `redis+cluster:`) are a fleet's. A driver is loaded when it is asked for.
 * @throws with one sentence where there is no driver for the URL, or its server cannot be used
 */
export async function openBroker(url: string, log: Log): Promise<OpenedBroker> {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
  if (scheme === 'memory') {
    const { MemoryBroker } = await import('./memory/memory.ts')
    return { broker: new MemoryBroker(), feed: null, redis: null }
  }
  if (/^rediss?(\+(sentinel|cluster))?$/.test(scheme)) {
    const { RedisBroker, RedisFeed } = await loadRedis(scheme)
    const broker = await RedisBroker.open(url, log)
    return { broker, feed: new RedisFeed(broker.connection), redis: broker.connection }
  }
  throw new Error(`This version has no broker for ${scheme}://; use redis://, or leave REDIS_URL unset.`)
}

async function loadRedis(
  scheme: string,
): Promise<typeof import('./redis/redis.ts') & typeof import('./redis/feed.ts')> {
  try {
    return { ...(await import('./redis/redis.ts')), ...(await import('./redis/feed.ts')) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (isMissing && error.message.includes('ioredis'))
      throw new Error(`${scheme}:// needs the package ioredis; install it beside hydra-jobs.`, { cause: error })
    throw error
  }
}
