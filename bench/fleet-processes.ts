import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { call } from './runs.ts'
import { main, token } from './server.ts'

const mongoScript = fileURLToPath(new URL('../scripts/mongo-java-server/start', import.meta.url))

/** The servers that a fleet rests on. */
export interface Stores {
  readonly redis: string
  readonly mongo: string
  readonly database: string
  /** What they are, for whoever reads the figures. */
  readonly names: string
  readonly end: () => Promise<void>
}

/** Those of REDIS_URL (its database 10 is emptied) and MONGO_URL, else own ones. @throws with a sentence that says what is missing */
export async function openStores(): Promise<Stores> {
  const database = `hydra_bench_${Date.now()}`
  const [own, found] = await Promise.all([
    process.env.REDIS_URL ? null : ownRedis(),
    process.env.MONGO_URL ? null : ownMongo(),
  ])
  const redis = own?.url ?? given(process.env.REDIS_URL ?? '')
  const mongo = found?.url ?? process.env.MONGO_URL ?? ''
  await emptied(redis)
  const end = async (): Promise<void> => {
    await emptied(redis)
    const client = new MongoClient(mongo)
    await client.db(database).dropDatabase()
    await client.close()
    for (const server of [own, found]) await server?.end()
  }
  const names = `Redis ${own ? 'of its own' : 'of REDIS_URL'}, ${found ? 'mongo-java-server (in memory)' : 'MongoDB of MONGO_URL'}`
  return { redis, mongo, database, names, end }
}

function given(address: string): string {
  const url = new URL(address)
  url.pathname = '/10'
  return url.href
}

async function emptied(redis: string): Promise<void> {
  const client = new Redis(redis)
  await client.flushdb()
  client.disconnect()
}

interface Own {
  readonly url: string
  readonly end: () => Promise<void>
}

async function ownRedis(): Promise<Own> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await says(child, /Ready to accept connections/, 'a Redis: set REDIS_URL, or put redis-server 7 or newer into PATH')
  const end = async (): Promise<void> => {
    await ended(child, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: `redis://127.0.0.1:${port}`, end }
}

/** It ends with its standard input. */
async function ownMongo(): Promise<Own> {
  const child = spawn(mongoScript, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [, url = ''] = await says(
    child,
    /(mongodb:\S+)/,
    'a MongoDB: set MONGO_URL, or install Java 17 and Maven for scripts/mongo-java-server',
  )
  return { url, end: () => ended(child, 'SIGTERM') }
}

/** Schedulers and workers as they are in a fleet, each a process of its own. */
export class BenchedFleet {
  readonly port: number
  readonly #children: readonly ChildProcess[]
  readonly #folder: string

  private constructor(port: number, children: readonly ChildProcess[], folder: string) {
    this.port = port
    this.#children = children
    this.#folder = folder
  }

  /** One scheduler, and so many workers with so many slots each. */
  static async start({ redis, mongo, database }: Stores, workers: number, slots: number): Promise<BenchedFleet> {
    const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
    const { PATH = '', HOME = '' } = process.env
    const common = { PATH, HOME, REDIS_URL: redis, HYDRA_DATA_DIR: folder, LOG_LEVEL: 'warn' }
    const stores = { MONGO_URL: mongo, MONGO_DB: `${database}_${workers}`, PORT: '0', ADMIN_TOKEN: token }
    const scheduler = launch(['scheduler'], { ...common, ...stores })
    const [, port = ''] = await says(scheduler, /ready on http:\S+:(\d+)/, 'a scheduler that starts')
    const { token: own } = await call(Number(port), 'POST', '/admin/domains/prod/token')
    const more = { ...common, WORKER_DOMAIN_TOKEN: String(own), MAX_CONCURRENCY: String(slots) }
    const agents = Array.from({ length: workers }, (_, at) => launch(['worker'], { ...more, WORKER_ID: `w${at}` }))
    const fleet = new BenchedFleet(Number(port), [...agents, scheduler], folder)
    while ((await call(fleet.port, 'GET', '/health')).workers !== workers) await pause(20)
    return fleet
  }

  async end(): Promise<void> {
    for (const child of this.#children) await ended(child, 'SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const launch = (args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, ['--max-semi-space-size=16', main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for words on standard output. @throws when the process cannot be started, or ends before */
function says(child: ChildProcess, words: RegExp, missing: string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (text) => {
      said += String(text)
      const found = words.exec(said)
      if (found) resolve(found)
    })
    const failed = (): void => reject(new Error(`This benchmark needs ${missing}.`))
    child.once('error', failed)
    child.once('exit', failed)
  })
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address === null || typeof address === 'string' ? 0 : address.port
}
