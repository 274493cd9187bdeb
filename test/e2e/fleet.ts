import type { TestContext } from 'vitest'
import type { OwnRedis } from '../redis/own.ts'
import { type Json, RealServer, until } from './server.ts'
import { RealWorker } from './worker.ts'

interface Shown {
  readonly worker_id: string
  readonly status: string
}

/** What a scheduler is started with. */
interface Start {
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
}

/** Schedulers without a worker of their own, and workers that reach them over HTTP or Redis; gone when the test is over. */
export class Fleet {
  readonly server: RealServer
  token: string
  readonly #redis: Pick<OwnRedis, 'url'> | undefined
  readonly #start: Start
  readonly #servers: RealServer[] = []
  readonly #workers: RealWorker[] = []

  private constructor(server: RealServer, redis: Pick<OwnRedis, 'url'> | undefined, start: Start) {
    this.server = server
    this.token = ''
    this.#redis = redis
    this.#start = start
    this.#servers.push(server)
  }

  /**
   * @param redis through which the workers reach the scheduler; absent: over HTTP
   * @param how the first scheduler and all others are started; by default `hydra up` on a store of its own
   */
  static async start(context: TestContext, redis?: Pick<OwnRedis, 'url'>, how: Start = {}): Promise<Fleet> {
    const env: Record<string, string> = { ...(redis && { REDIS_URL: redis.url }), ...how.env }
    const start = { args: how.args ?? ['up', '--no-worker'], env }
    const fleet = new Fleet(await RealServer.start(start), redis, start)
    context.onTestFinished(async () => {
      for (const worker of fleet.#workers) await worker.clean()
      for (const server of fleet.#servers) await server.clean()
    })
    fleet.token = (await fleet.server.call('POST', '/admin/domains/prod/token')).json.token
    return fleet
  }

  /** One more scheduler beside the first. */
  async another(env: Record<string, string> = {}): Promise<RealServer> {
    const server = await RealServer.start({ ...this.#start, env: { ...this.#start.env, ...env } })
    this.#servers.push(server)
    return server
  }

  worker(id: string, env: Record<string, string> = { WORKER_DOMAIN_TOKEN: this.token }, at = this.server.url) {
    const args = this.#redis ? [] : ['--server', at]
    const one = new RealWorker({ id, args, env: { ...(this.#redis && { REDIS_URL: this.#redis.url }), ...env } })
    this.#workers.push(one)
    return one
  }

  /** A worker that is there, and reaches these schedulers over HTTP. */
  async joinedOverHttp(id: string, servers: readonly RealServer[], env: Record<string, string>): Promise<RealWorker> {
    const args = servers.flatMap(({ url }) => ['--server', url])
    const one = new RealWorker({ id, args, env: { WORKER_DOMAIN_TOKEN: this.token, ...env } })
    this.#workers.push(one)
    await this.isOnline(id)
    return one
  }

  /** A worker that is there. */
  async joined(id: string, env: Record<string, string> = {}): Promise<RealWorker> {
    const one = this.worker(id, { WORKER_DOMAIN_TOKEN: this.token, ...env })
    await this.isOnline(id)
    return one
  }

  /** @param at the scheduler that is asked */
  async isOnline(id: string, at = this.server): Promise<void> {
    await until(`${id} to be online`, async () => {
      const { status, json } = await at.call('GET', '/workers/')
      return status === 200 && json.some((one: Shown) => one.worker_id === id && one.status === 'online')
    })
  }

  /** Submits a script, and waits until its process is there on this worker. */
  async runningOn(one: RealWorker, script: string, more: Json = {}): Promise<string> {
    const { run } = await this.server.submit(script, more)
    await this.server.runIs(run, 'running')
    await until('its process', () => one.jobs.length > 0)
    return run
  }
}

/** A script that says a line, waits for a file, and says another. */
export const untilFile = (file: string) => `echo begun; while [ ! -e ${file} ]; do sleep 0.05; done; echo done`
