import { Redis } from 'ioredis'

/** Test files run side by side on the Redis of REDIS_TEST_URL: each that uses it has a database of its own. */
const databases = { broker: 11, link: 12, letters: 13, feed: 14 } as const

/** A database of the shared Redis, and how it is emptied. */
export interface SharedRedis {
  readonly url: string
  empty(): Promise<void>
  leave(): void
}

/** Why tests of the shared Redis are skipped. */
export const noRedis = 'REDIS_TEST_URL names no Redis'

/** null where there is none. */
export function sharedRedis(whose: keyof typeof databases): SharedRedis | null {
  const given = process.env.REDIS_TEST_URL
  if (!given) return null
  const url = new URL(given)
  url.pathname = `/${databases[whose]}`
  const client = new Redis(url.href)
  return {
    url: url.href,
    async empty() {
      await client.flushdb()
    },
    leave() {
      client.disconnect()
    },
  }
}
