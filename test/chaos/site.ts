import process from 'node:process'
import { MongoClient } from 'mongodb'
import type { TestContext } from 'vitest'
import { newFolder, RealServer } from '../e2e/server.ts'
import { RealWorker } from '../e2e/worker.ts'
import { newDatabase } from '../mongo/database.ts'
import { hasServer, noServer, OwnRedis } from '../redis/own.ts'

const mongo = process.env.MONGO_TEST_URL ?? ''

/** A Redis and a database of its own, and one data folder for all that a test starts on them; gone when the test is over. */
export class Site {
  readonly folder = newFolder()
  readonly #redis: OwnRedis
  readonly #env: Record<string, string>
  readonly #workers: RealWorker[] = []
  #scheduler: RealServer | null = null
  #token = ''

  private constructor(redis: OwnRedis, database: string) {
    this.#redis = redis
    this.#env = { REDIS_URL: redis.url, MONGO_URL: mongo, MONGO_DB: database, MAX_CONCURRENCY: '2' }
  }

  static async open(context: TestContext): Promise<Site> {
    if (!hasServer) context.skip(noServer)
    if (mongo === '') context.skip('MONGO_TEST_URL names no MongoDB')
    const database = newDatabase()
    const site = new Site(await OwnRedis.start(), database)
    context.onTestFinished(async () => {
      for (const worker of site.#workers) await worker.clean()
      await site.#scheduler?.clean()
      await site.#redis.end()
      await dropped(database)
    })
    return site
  }

  /** A scheduler; the one after another listens where that did. */
  async scheduler(more: Record<string, string> = {}): Promise<RealServer> {
    const PORT = this.#scheduler === null ? '0' : new URL(this.#scheduler.url).port
    const env = { ...this.#env, PORT, ...more }
    const server = await RealServer.start({ folder: this.folder, args: ['scheduler'], env })
    this.#scheduler = server
    this.#token ||= (await server.call('POST', '/admin/domains/prod/token')).json.token
    return server
  }

  /** A worker that comes over Redis, or over HTTP; its next life under the same id. */
  worker(id: string, more: Record<string, string> = {}, over: 'redis' | 'http' = 'redis'): RealWorker {
    const env = { ...this.#env, WORKER_DOMAIN_TOKEN: this.#token, ...more }
    const args = over === 'http' ? ['--server', this.#scheduler?.url ?? ''] : []
    const worker = new RealWorker({ id, args, env, folder: this.folder })
    this.#workers.push(worker)
    return worker
  }
}

async function dropped(database: string): Promise<void> {
  const client = new MongoClient(mongo)
  await client.db(database).dropDatabase()
  await client.close()
}
