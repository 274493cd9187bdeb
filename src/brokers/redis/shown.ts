import type { ShownToken } from '../../ports/broker.ts'
import type { RedisConnection } from '../../redis/connection.ts'

/**
 * Writes which tokens a domain has. On a cluster the keys of tokens lie anywhere, so they change one by one: each is in the
 * domain's set before it is there, and until it is gone. Whatever a crash leaves, the next call finds.
 */
export async function showTokens(redis: RedisConnection, domain: string, tokens: readonly ShownToken[]): Promise<void> {
  const { keys } = redis
  const [set, own] = [keys.tokenHashes(domain), keys.tokenHash(domain)]
  const hashes = tokens.map(({ hash }) => hash)
  const before = await redis.ask((client) => client.smembers(set))
  const gone = before.filter((hash) => !hashes.includes(hash))
  await redis.ask((client) => Promise.all(gone.map((hash) => client.del(keys.domainOfToken(hash)))))
  if (gone.length > 0) await redis.ask((client) => client.srem(set, ...gone))
  if (hashes.length > 0) await redis.ask((client) => client.sadd(set, ...hashes))
  await redis.ask((client) =>
    Promise.all(
      tokens.map(({ hash, endsIn }) =>
        endsIn === null
          ? client.set(keys.domainOfToken(hash), domain)
          : client.set(keys.domainOfToken(hash), domain, 'PX', endsIn),
      ),
    ),
  )
  const present = tokens.find(({ isDefault }) => isDefault)
  if (present === undefined) await redis.ask((client) => client.del(own))
  else await redis.ask((client) => client.set(own, present.hash))
}
