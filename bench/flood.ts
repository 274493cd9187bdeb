import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BenchCaller } from './caller.ts'
import type { Flood, Flooded } from './flooder.ts'
import { percentile } from './load.ts'
import { call } from './runs.ts'
import { startServer } from './server.ts'

/** What another's flood may make of a tenant's latency, as a multiple of its own quiet one. */
const most = 2
/** A submission, a reading and a start are measured this often in each phase, one after the other, or for so long, ms. */
const rounds = 200
const longest = 30_000
/** Between two rounds, ms: the tenant asks for little, which is the point. */
const rest = 10
/** Jobs of the flooding tenant, each with a run that waits. */
const filled = 3000
/** What a flood had asked for is answered by then, ms. */
const calm = 1500

const paused = { name: 'bench', executor: { type: 'shell', script: 'true', shell: 'sh' }, schedule: { enabled: false } }
const clocked = { ...paused, executor: { type: 'shell', script: 'date +%s%N', shell: 'sh' } }
const waiting = { ...paused, schedule: {} }

const words = { tags: [], allowed_users: [], queues: ['default'], capabilities: ['shell'] }
const names = {
  hostname: 'bench',
  ip: '127.0.0.1',
  subnet: '127.0.0',
  deployment_type: 'bench',
  run_user: '',
  cwd: '/',
}
const card = {
  ...words,
  ...names,
  domain: 'flood',
  worker_id: 'bench',
  os: 'linux',
  max_concurrency: 1,
  kill_level: 'none',
  cpu_count: 1,
  python_version: null,
  version: '0',
  ttl: 3_600_000,
  first_state: 'online',
}

type Asks = Flood['asks']
const submissions: Asks = [{ method: 'POST', path: '/jobs/', body: waiting }]
const lists: Asks = [
  { method: 'GET', path: '/jobs/' },
  { method: 'GET', path: '/overview/jobs' },
  { method: 'GET', path: '/runs/?limit=1000' },
  { method: 'GET', path: '/queue/overview' },
]

/** The quiet tenant: what it asks for, and how long it waits, ms. */
class Tenant {
  readonly #caller: BenchCaller
  readonly #job: string

  constructor(caller: BenchCaller, job: string) {
    this.#caller = caller
    this.#job = job
  }

  static async of(port: number, token: string): Promise<Tenant> {
    const caller = new BenchCaller(port, token)
    const { _id } = JSON.parse((await caller.call('POST', '/jobs/', clocked)).bytes.toString())
    return new Tenant(caller, _id)
  }

  async measure(times: Times): Promise<void> {
    times.submit.push(await this.#timed('POST', '/jobs/', paused))
    times.read.push(await this.#timed('GET', `/jobs/${this.#job}`))
    times.start.push(await this.#start())
    await new Promise((resolve) => setTimeout(resolve, rest))
  }

  async #timed(method: string, path: string, body?: unknown): Promise<number> {
    const { ms, status } = await this.#caller.call(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}`)
    return ms
  }

  /** From before the request to the first instruction of the job, which tells the time by itself. */
  async #start(): Promise<number> {
    const asked = performance.timeOrigin + performance.now()
    const { bytes } = await this.#caller.call('POST', `/jobs/${this.#job}/run`)
    const { run_id } = JSON.parse(bytes.toString())
    for (;;) {
      const run = (await this.#caller.call('GET', `/runs/${run_id}`)).bytes.toString()
      const found = /"stdout":"(\d{13,})/.exec(run)?.[1]
      if (found !== undefined) return Number(found) / 1e6 - asked
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

interface Times {
  readonly submit: number[]
  readonly read: number[]
  readonly start: number[]
}
const kinds = ['submit', 'read', 'start'] as const

/** What a phase is measured of: the tenant beside the flood, and one of a server that is not flooded, on the same machine. */
interface Both<T> {
  readonly beside: T
  readonly apart: T
}

const noTimes = (): Both<Times> => ({
  beside: { submit: [], read: [], start: [] },
  apart: { submit: [], read: [], start: [] },
})

/** In turn, so that both see the same minutes. */
async function measure({ beside, apart }: Both<Tenant>, count: number, times = noTimes()): Promise<Both<Times>> {
  const begin = performance.now()
  for (let n = 0; n < count && performance.now() - begin < longest; n += 1) {
    await beside.measure(times.beside)
    await apart.measure(times.apart)
  }
  return times
}

/** A run of the domain with a log of some 20 MB, told by a worker that is this benchmark; its id. */
async function runWithLog(port: number, token: string): Promise<string> {
  const secret = 'a-secret-of-the-benchmark'
  const caller = new BenchCaller(port, token)
  const say = async (path: string, body: unknown) =>
    JSON.parse((await caller.call('POST', path, body)).bytes.toString())
  const { session } = await say('/link/register', { card, secret })
  await say('/jobs/', waiting)
  const { grants } = await say('/link/claim', { session, secret, free: 1 })
  const [{ run_id, token: number, attempt }] = grants
  const text = Buffer.from('2026-11-24 12:00:00 INFO a line of an ordinary log, as programs write it\n'.repeat(800))
  const bytes = text.toString('base64')
  const report = { run_id, token: number, attempt, start_ts: Date.now(), ended: null, never_started: false }
  for (let seq = 1; seq <= 300; seq += 1) {
    const pos = (seq - 1) * text.length
    const place = { run_id, attempt, seq, stream: 'stdout', offset: pos, pos, line: (seq - 1) * 800 + 1, cont: false }
    await say('/link/report', { session, secret, reports: [{ ...report, chunks: [{ ...place, ts: 1, bytes }] }] })
  }
  caller.close()
  return run_id
}

/** What the long lists are of. */
async function fill(port: number, token: string): Promise<void> {
  const caller = new BenchCaller(port, token)
  for (let n = 0; n < filled; n += 50)
    await Promise.all(Array.from({ length: 50 }, () => caller.call('POST', '/jobs/', waiting)))
  caller.close()
}

/** Runs while a process of the lowest priority floods: on a machine of two cores it would take from all what is its own to give. */
async function under<T>(flood: Flood, act: () => Promise<T>): Promise<{ result: T; flooded: Flooded }> {
  const file = fileURLToPath(new URL('flooder.ts', import.meta.url))
  const child = spawn('nice', ['-n', '19', process.execPath, file, JSON.stringify(flood)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (piece) => (text += String(piece)))
  const ended = new Promise((resolve) => child.once('close', resolve))
  // The flood is at its height when all of its connections are.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const result = await act()
  child.stdin.end()
  await ended
  const flooded: Flooded = JSON.parse(text)
  return { result, flooded }
}

/** Percentiles 50 and 95 as multiples of the quiet ones. */
const factorsOf = (times: Times, quiet: Times, kind: (typeof kinds)[number]): readonly [number, number] => [
  percentile(times[kind], 50) / percentile(quiet[kind], 50),
  percentile(times[kind], 95) / percentile(quiet[kind], 95),
]

/** What is left of the factors when those that the machine takes from everybody are divided out. */
function tellServer(result: Both<Times>, quiet: Both<Times>): void {
  const cells = kinds.map((kind) => {
    const [beside, apart] = [factorsOf(result.beside, quiet.beside, kind), factorsOf(result.apart, quiet.apart, kind)]
    return `${''.padEnd(14)}${mark(beside[0] / apart[0])}${mark(beside[1] / apart[1])}`
  })
  console.log(`${'  the one beside the other: the server'.padEnd(44)}${cells.join(' ')}`)
}

function tell(name: string, times: Times, quiet: Times | null): void {
  const cells = kinds.map((kind) => {
    const [p50, p95] = [percentile(times[kind], 50), percentile(times[kind], 95)]
    const beside = quiet === null ? ''.padEnd(12) : factorsOf(times, quiet, kind).map(mark).join('')
    return `${p50.toFixed(1).padStart(7)}${p95.toFixed(1).padStart(7)}${beside}`
  })
  console.log(`${name.padEnd(44)}${cells.join(' ')}`)
}

const mark = (factor: number): string => `${factor > most ? '!' : '×'}${factor.toFixed(1)}`.padStart(6)

/**
 * One tenant floods in each way; another's latencies beside what they are when it is quiet, just before and just after.
 * @param only the floods whose names begin so
 */
export async function flood(only = ''): Promise<void> {
  const [server, peer] = [await startServer(2), await startServer(2)]
  const { port } = server
  try {
    const tokenOf = async (domain: string) => String((await call(port, 'POST', `/admin/domains/${domain}/token`)).token)
    await call(port, 'POST', '/admin/domains', { domain: 'flood' })
    const [token, own] = [await tokenOf('flood'), await tokenOf('prod')]
    const peersOwn = String((await call(peer.port, 'POST', '/admin/domains/prod/token')).token)
    const tenants = { beside: await Tenant.of(port, own), apart: await Tenant.of(peer.port, peersOwn) }
    await fill(port, token)
    const run = await runWithLog(port, token)
    const searches: Asks = [
      { method: 'GET', path: `/runs/${run}/log/search?q=(a%2B)%2B%24&regex=true` },
      { method: 'GET', path: '/logs/search?q=nowhere' },
      { method: 'GET', path: `/runs/${run}/log/lines?from=-1000&count=1000` },
      { method: 'GET', path: `/runs/${run}/log` },
    ]
    await measure(tenants, rounds)
    console.log(`${''.padEnd(44)}${kinds.map((kind) => `${kind}: p50, p95, ms`.padStart(27)).join(' ')}`)
    const floods: readonly (readonly [string, Partial<Flood>])[] = [
      ['submissions over 64 connections', { asks: submissions, connections: 64 }],
      ['200 streams of 8 connections that submit', { asks: submissions, connections: 8, streams: 200 }],
      ['long lists and overviews over 16 connections', { asks: lists, connections: 16 }],
      ['searches and downloads of logs over 16', { asks: searches, connections: 16 }],
      ['all of it', { asks: [...submissions, ...lists, ...searches], connections: 64, streams: 200 }],
    ]
    for (const [name, more] of floods.filter(([name]) => name.startsWith(only))) {
      const what: Flood = { port, token, asks: [], connections: 0, streams: 0, ...more }
      const before = await measure(tenants, rounds / 2)
      const { result, flooded } = await under(what, () => measure(tenants, rounds))
      await new Promise((resolve) => setTimeout(resolve, calm))
      const quiet = await measure(tenants, rounds / 2, before)
      tell('quiet, before and after', quiet.beside, null)
      tell(name, result.beside, quiet.beside)
      tell('  a tenant of another server meanwhile', result.apart, quiet.apart)
      tellServer(result, quiet)
      const { answered, refused, streams, streamed } = flooded
      console.log(
        `  the other: ${answered} answered, ${refused} refused, ${streams} streams, ${(streamed / 1e6).toFixed(0)} MB of events`,
      )
    }
  } finally {
    await server.end()
    await peer.end()
  }
}
