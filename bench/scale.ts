import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, BenchCaller } from './caller.ts'
import { percentile } from './load.ts'
import { seedStore } from './seed.ts'
import { cpu, megabytes, startServer, token } from './server.ts'

/** What every list, view and submission is held to, ms at the 95th percentile. */
const most = 100
/** Seconds in which what an idle server costs is counted. */
const idleFor = 60

interface Case {
  readonly name: string
  /** The nth request; several in turn where a list of paths is asked. */
  readonly ask: (n: number) => Promise<Answer>
}

interface Facts {
  readonly jobs: readonly string[]
  readonly runs: readonly string[]
  /** A job with very many runs, one with very many ticks, and a waiting run. */
  readonly busy: string
  readonly ticking: string
  readonly pending: string
  /** A run with a log. */
  readonly told: string
}

const job = {
  name: 'submitted',
  executor: { type: 'shell', script: 'true', shell: 'sh' },
  schedule: { enabled: false },
}
const unfit = { ...job, schedule: {}, affinity: { tags: ['nowhere'] } }

const ofAll = { action: 'pause', filter: { mode: 'cron' } }
const ofWaiting = { action: 'cancel', filter: { status: ['pending'] } }
const planned = { schedule: { mode: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' }, count: 100 }

/** Paths of which each is a case of its own. */
function readings({ jobs, runs, busy, ticking, pending, told }: Facts): readonly string[] {
  const [some = ''] = jobs
  const [run = ''] = runs
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const lists = ['', '?sort=-created_at', '?sort=created_at', '?sort=name', '?sort=-name', '?sort=updated_at']
  const more = ['?sort=-updated_at', '?sort=next_run_at', '?sort=-next_run_at', '?sort=priority', '?sort=-priority']
  const filters = ['?q=backup-77', '?q=nothing-like-it', '?mode=cron', '?enabled=false', '?queue=gpu', '?queue=none']
  const both = ['?sort=name&q=backup-77', '?sort=-priority&mode=cron&enabled=true', '?domain=ops', '?domain=ops&q=no']
  const ofRuns = [
    '',
    ...['pending', 'running', 'success', 'failed', 'cancelled', 'failed,timed_out'].map((word) => `?status=${word}`),
    `?job_id=${busy}`,
    `?job_id=${busy}&status=failed`,
    ...['?worker_id=worker-7', '?worker_id=nobody', '?user=user-7', '?user=nobody', '?status=failed&user=user-7'],
    `?since=${ago(1)}`,
    `?until=${ago(80)}`,
    `?since=${ago(60)}&until=${ago(59)}&status=failed`,
    `?since=${ago(60)}&until=${ago(59)}&user=nobody`,
    ...['?q=backup', '?q=report-777', '?q=nothing-like-it', '?domain=ops', '?domain=ops&user=user-3&status=success'],
    ...['?q=report-77&status=failed', '?q=backup&status=failed', '?q=-123&status=cancelled', '?q=-12&user=user-7'],
    `?q=${run.slice(0, 20)}`,
    '?limit=1000',
    '?order=asc',
  ]
  return [
    ...[...lists, ...more, ...filters, ...both].map((query) => `/jobs/${query}`),
    `/jobs/${some}`,
    `/jobs/${busy}/runs`,
    `/jobs/${some}/runs?order=asc`,
    ...['grid', 'gantt', 'graph'].map((chart) => `/jobs/${busy}/${chart}`),
    ...['', '?order=asc', '?outcome=run', '?outcome=late', '?outcome=missed', `?since=${ago(60)}&until=${ago(59)}`].map(
      (query) => `/jobs/${ticking}/ticks${query}`,
    ),
    ...['', '?limit=50', '?domain=ops', `?job_id=${busy}`].map((query) => `/overview/jobs${query}`),
    '/history/',
    ...ofRuns.map((query) => `/runs/${query}`),
    ...['?outcome=skipped', '?order=asc&limit=1000'].map((query) => `/jobs/${ticking}/ticks${query}`),
    `/jobs/${busy}/versions`,
    ...['', `?object=${some}`, '?actor=token-7', `?since=${ago(1)}`, '?domain=ops', '?limit=1000'].map(
      (query) => `/audit/${query}`,
    ),
    '/admin/domains/prod/tokens',
    `/runs/${told}/log`,
    `/runs/${told}/log/lines?from=-1000&count=1000`,
    `/runs/${told}/log/search?q=rows`,
    `/runs/${told}/log/search?q=(a%2B)%2B%24&regex=true`,
    `/runs/${run}`,
    `/runs/${pending}/explain`,
    ...['/queue/overview', '/queue/overview?domain=ops', '/workers/', '/admin/domains', '/health', '/ready'],
    `/stats/runs?since=${ago(90)}&bucket=1d`,
    `/stats/runs?since=${ago(83)}&bucket=1h`,
    `/stats/runs?since=${ago(90)}&bucket=1d&domain=prod`,
    `/stats/runs?since=${ago(1)}&bucket=1m`,
    `/stats/runs?since=${ago(90)}&bucket=1d&job_id=${busy}`,
    `/stats/planned?until=${ago(-7)}&bucket=1h`,
    ...['/overview/attention', `/overview/attention?since=${ago(7)}`],
    '/metrics',
  ]
}

function writings(caller: BenchCaller, { jobs }: Facts): readonly Case[] {
  const id = (n: number) => jobs[n % jobs.length] ?? ''
  return [
    { name: 'POST /jobs/', ask: () => caller.call('POST', '/jobs/', job) },
    { name: 'POST /jobs/ that runs at once, but fits no worker', ask: () => caller.call('POST', '/jobs/', unfit) },
    { name: 'POST /jobs/adhoc', ask: () => caller.call('POST', '/jobs/adhoc', job) },
    { name: 'POST /jobs/bulk, the preview of all', ask: () => caller.call('POST', '/jobs/bulk', ofAll) },
    { name: 'POST /runs/bulk, the preview of what waits', ask: () => caller.call('POST', '/runs/bulk', ofWaiting) },
    { name: 'POST /schedules/preview', ask: () => caller.call('POST', '/schedules/preview', planned) },
    { name: 'GET /logs/search?q=rows, its first hits', ask: () => caller.first('/logs/search?q=rows') },
    { name: 'POST /jobs/validate', ask: () => caller.call('POST', '/jobs/validate', job) },
    { name: 'POST /jobs/{id}/run', ask: (n) => caller.call('POST', `/jobs/${id(n)}/run`) },
    { name: 'PUT /jobs/{id}', ask: (n) => caller.call('PUT', `/jobs/${id(n)}`, { priority: n % 10 }) },
    { name: 'DELETE /jobs/{id}', ask: (n) => caller.call('DELETE', `/jobs/${id(n + jobs.length / 2)}`) },
  ]
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

async function idsIn(caller: BenchCaller, path: string, field = '_id'): Promise<readonly string[]> {
  const read: unknown = JSON.parse((await caller.call('GET', path)).bytes.toString())
  return Array.isArray(read) ? read.flatMap((row) => (isFields(row) ? String(row[field]) : [])) : []
}

async function facts(caller: BenchCaller): Promise<Facts> {
  const [jobs, runs] = [await idsIn(caller, '/jobs/?limit=1000'), await idsIn(caller, '/runs/?status=success')]
  const [busy = ''] = await idsIn(caller, '/jobs/?order=asc&limit=1')
  const [ticking = ''] = await idsIn(caller, '/jobs/?order=asc&limit=1&mode=cron')
  const [pending = ''] = await idsIn(caller, '/runs/?status=pending&limit=1')
  const told = /"run_id":"([^"]+)/.exec((await caller.first('/logs/search?q=rows')).bytes.toString())?.[1] ?? ''
  return { jobs, runs, busy, ticking, pending, told }
}

async function measure({ name, ask }: Case, count: number, pids: readonly number[]): Promise<boolean> {
  const before = cpu(pids)
  const answers: Answer[] = []
  for (let n = 0; n < count; n += 1) answers.push(await ask(n))
  const worked = ((cpu(pids) - before) / count) * 1000
  const times = answers.map(({ ms }) => ms)
  const [median, high] = [percentile(times, 50), percentile(times, 95)]
  const bad = answers.filter(({ status }) => status >= 300)
  const size = percentile(
    answers.map(({ bytes }) => bytes.length),
    50,
  )
  const isWell = high <= most && bad.length === 0
  const fault = bad[0] === undefined ? '' : `  answered ${bad[0].status}`
  const cells = [median.toFixed(1), high.toFixed(1), worked.toFixed(1), (size / 1024).toFixed(0)]
  const figures = cells.map((cell) => cell.padStart(8)).join('')
  console.log(`${isWell ? ' ' : '!'} ${name.padEnd(92)}${figures}${fault}`)
  return isWell
}

async function idle(pids: readonly number[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5000))
  const before = cpu(pids)
  await new Promise((resolve) => setTimeout(resolve, idleFor * 1000))
  const share = ((cpu(pids) - before) / idleFor) * 100
  console.log(`${share < 5 ? ' ' : '!'} an idle minute: ${share.toFixed(2)} % of a core`)
}

/**
 * Every list, view and submission of the API over a store with a long history.
 * @param options.only the cases that are asked, by a part of their names
 * @param options.folder a seeded folder to use as it is; without it one is made, and removed
 */
export async function scale(options: {
  jobs: number
  runs: number
  count: number
  folder?: string
  only?: string
}): Promise<void> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  const begin = performance.now()
  const { jobs, runs } = options
  if (options.folder === undefined) {
    await seedStore(folder, { jobs, runs, pending: 2000, days: 90, until: Date.now() })
    console.log(`seeded ${jobs} jobs and ${runs} runs in ${((performance.now() - begin) / 1000).toFixed(0)} s`)
  }
  const from = performance.now()
  const server = await startServer(2, folder)
  console.log(`started in ${(performance.now() - from).toFixed(0)} ms, ${megabytes(server.pids).toFixed(0)} MB`)
  try {
    const caller = new BenchCaller(server.port, token)
    const known = await facts(caller)
    const cases = readings(known).map((path): Case => ({ name: `GET ${path}`, ask: () => caller.call('GET', path) }))
    console.log(`${' '.repeat(94)}  p50 ms  p95 ms  CPU ms      kB`)
    let slow = 0
    const all = [...cases, ...writings(caller, known)].filter(({ name }) => name.includes(options.only ?? ''))
    for (const one of all) if (!(await measure(one, options.count, server.pids))) slow += 1
    console.log(slow === 0 ? `all within ${most} ms` : `${slow} above ${most} ms`)
    console.log(`  memory now ${megabytes(server.pids).toFixed(0)} MB`)
    caller.close()
    if (options.only === undefined) await idle(server.pids)
  } finally {
    await server.end()
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
