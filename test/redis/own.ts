import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** Why tests that need a server of their own are skipped. */
export const noServer = 'there is no redis-server 7 or newer here'
export const hasServer = /v=(?:[7-9]|\d\d)/.test(
  spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)

/** A redis-server of a test's own: to be filled, stopped, killed. It keeps nothing on disk. */
export class OwnRedis {
  readonly port: number
  /** Where nodes of a cluster speak with each other. */
  readonly busPort: number
  readonly folder = mkdtempSync(join(tmpdir(), 'hydra-redis-'))
  readonly client: Redis
  readonly #args: readonly string[]
  #child: ChildProcess | null = null

  private constructor([port, busPort]: readonly [number, number], args: readonly string[]) {
    this.port = port
    this.busPort = busPort
    this.#args = args
    this.client = new Redis({ port, lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null })
    this.client.on('error', () => {})
  }

  static async start(...args: readonly string[]): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePorts(), ['--save', '', '--appendonly', 'no', ...args])
    return redis.#begin()
  }

  /** A node of a cluster that is still to be made. */
  static async startNode(...args: readonly string[]): Promise<OwnRedis> {
    const ports = await freePorts()
    const node = ['--cluster-enabled', 'yes', '--cluster-port', String(ports[1]), '--cluster-node-timeout', '2000']
    return new OwnRedis(ports, ['--save', '', '--appendonly', 'no', ...node, ...args]).#begin()
  }

  /** A sentinel. @param write writes its `sentinel.conf` into the folder */
  static async startSentinel(write: (folder: string, port: number) => void): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePorts(), [])
    write(redis.folder, redis.port)
    return redis.#begin(['sentinel.conf', '--sentinel'])
  }

  async #begin(how: readonly string[] = []): Promise<OwnRedis> {
    await this.run(how)
    await this.client.connect()
    return this
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it, or starts it again, empty; resolves when it takes connections. */
  async run(how: readonly string[] = []): Promise<void> {
    const args = [...how, '--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, ...this.#args]
    const child = spawn('redis-server', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.stdout.on('data', (text) => {
        said += String(text)
        if (/Ready to accept connections|Sentinel ID is/.test(said)) resolve()
      })
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)))
    })
  }

  /** Stopped, it answers nothing and closes nothing. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async end(): Promise<void> {
    this.client.disconnect()
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Again until it does not throw: a server that comes back, or a new master, is found within moments. */
export async function soon<T>(act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Two ports that the system gives, open at the same time so that they differ. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const
  const ports = servers.map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port was given')
    return address.port
  })
  const [one = 0, other = 0] = await Promise.all(ports)
  for (const server of servers) server.close()
  return [one, other]
}
