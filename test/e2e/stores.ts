import process from 'node:process'
import { MongoClient } from 'mongodb'
import type { TestContext } from 'vitest'
import { newDatabase } from '../mongo/database.ts'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'
import { Fleet } from './fleet.ts'

/** What `hydra scheduler` needs, of a test's own. */
export interface Stores {
  readonly redis: OwnRedis
  /** The MongoDB server's address. */
  readonly mongo: string
  readonly database: string
}

/** A Redis and a MongoDB database that are gone when the test is over; it is skipped where they cannot be had. */
export async function openStores(context: TestContext): Promise<Stores> {
  const mongo = process.env.MONGO_TEST_URL
  if (!mongo) context.skip('MONGO_TEST_URL names no MongoDB server')
  if (!hasServer) context.skip(noServer)
  const [redis, database] = [await OwnRedis.start(), newDatabase()]
  context.onTestFinished(async () => {
    await redis.end()
    const client = new MongoClient(mongo)
    await client.db(database).dropDatabase()
    await client.close()
  })
  return { redis, mongo, database }
}

/** A fleet of `hydra scheduler`; more of them are `another`. */
export const fleetOn = (
  context: TestContext,
  { redis, mongo, database }: Pick<Stores, 'mongo' | 'database'> & { readonly redis: Pick<OwnRedis, 'url'> },
  env: Record<string, string> = {},
) => Fleet.start(context, redis, { args: ['scheduler'], env: { MONGO_URL: mongo, MONGO_DB: database, ...env } })
