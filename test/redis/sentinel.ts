import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OwnRedis, soon } from './own.ts'

/** What a master needs that must not outlive its replicas alone. */
export const careful = [
  '--min-replicas-to-write',
  '1',
  '--min-replicas-max-lag',
  '3',
  '--repl-diskless-sync-delay',
  '0',
]

export const goodReplicas = async ({ client }: OwnRedis): Promise<number> =>
  Number(/min_slaves_good_slaves:(\d+)/.exec(await client.info('replication'))?.[1] ?? 0)

/** Throws until it holds, for `soon`. */
export const holds = (what: string, is: boolean): void => {
  if (!is) throw new Error(`not yet: ${what}`)
}

/** A master with two replicas, and a sentinel that watches it. */
export class Replicated {
  readonly master: OwnRedis
  readonly replicas: readonly OwnRedis[]
  readonly sentinel: OwnRedis

  private constructor(master: OwnRedis, replicas: readonly OwnRedis[], sentinel: OwnRedis) {
    this.master = master
    this.replicas = replicas
    this.sentinel = sentinel
  }

  /** @param patience ms of silence after which the sentinel takes the master for dead */
  static async start(patience: number): Promise<Replicated> {
    const master = await OwnRedis.start(...careful)
    const replicas = [await OwnRedis.start(...careful), await OwnRedis.start(...careful)]
    for (const { client } of replicas) await client.replicaof('127.0.0.1', master.port)
    await soon(async () => holds('two replicas', (await goodReplicas(master)) === 2))
    const sentinel = await OwnRedis.startSentinel((folder, port) => {
      const watch = `sentinel monitor jobs 127.0.0.1 ${master.port} 1`
      const dead = `sentinel down-after-milliseconds jobs ${patience}`
      writeFileSync(join(folder, 'sentinel.conf'), [`port ${port}`, `dir ${folder}`, watch, dead, ''].join('\n'))
    })
    return new Replicated(master, replicas, sentinel)
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${this.sentinel.port}/jobs`
  }

  /** It looks every ten seconds else. */
  async hurry(): Promise<void> {
    await this.sentinel.client.call('SENTINEL', 'DEBUG', 'info-period', '100', 'publish-period', '100')
  }

  /** Waits until one of the replicas leads; until the other one follows it, a new master takes no writes. */
  async led(): Promise<void> {
    const most = async (): Promise<number> => Math.max(...(await Promise.all(this.replicas.map(goodReplicas))))
    await soon(async () => holds('a new master with a replica', (await most()) > 0))
  }

  async end(): Promise<void> {
    await Promise.all([this.sentinel, this.master, ...this.replicas].map((server) => server.end()))
  }
}
