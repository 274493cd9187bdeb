import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './server.ts'

/** Whether a Redis can be started here: the program is there, and of a version that has functions. */
export const hasRedis = /v=(?:[7-9]|\d\d)/.test(
  spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)
export const noRedisServer = 'there is no redis-server 7 or newer here'

/** A Redis of a test's own, without persistence: killed and started again it is empty. */
export class RealRedis {
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'hydra-redis-'))
  #child: ChildProcess | null = null

  private constructor(port: number) {
    this.port = port
  }

  static async start(): Promise<RealRedis> {
    const redis = new RealRedis(await freePort())
    await redis.begin()
    return redis
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`
  }

  async begin(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder]
    this.#child = spawn('redis-server', options, { stdio: 'ignore' })
    await until('Redis to answer', async () => (await this.command('PING').catch(() => '')).startsWith('+PONG'))
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** What it answers to one command, as it comes over the wire. */
  command(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1')
      socket.on('error', reject)
      socket.once('data', (answer) => {
        socket.destroy()
        resolve(String(answer))
      })
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
    })
  }

  async clean(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
