import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDefinition } from '../src/model/job.ts'
import { newJob } from '../src/model/job-plan.ts'
import { newId } from '../src/runtime/ids.ts'
import { openStore } from '../src/stores/open.ts'
import { BenchCaller } from './caller.ts'
import { percentile } from './load.ts'
import { call } from './runs.ts'
import { seedStore } from './seed.ts'
import { type BenchedServer, startServer, token } from './server.ts'

/** The last tick's run is made within this of its time, ms, for each 10,000 jobs. */
const most = 5000
/** Runs of an old history that housekeeping removes meanwhile. */
const history = { jobs: 2000, runs: 300_000, pending: 0, days: 90 }

interface Outcome {
  /** From the tick to the making of its run, ms. */
  readonly lags: readonly number[]
  /** From the tick until the last run was over, ms. */
  readonly over: number
  readonly missed: number
  readonly doubled: number
  /** Old runs that were left, where there were any. */
  readonly left: number
}

/**
 * Many jobs due at one second on a real server: when each run is made, and that each is made once; by itself, and while a
 * history of 300,000 runs is being removed.
 */
export async function ticks(jobs: number): Promise<void> {
  const quiet = await round(jobs, 'by themselves', { RETENTION_DAYS: '0' })
  const busy = await round(jobs, 'while history is removed', { RETENTION_DAYS: '1' })
  const ratio = percentile(busy.lags, 99) / percentile(quiet.lags, 99)
  console.log(`  p99 with housekeeping: ${ratio.toFixed(2)} times that without`)
}

async function round(jobs: number, name: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  try {
    await seedStore(folder, { ...history, until: Date.now() })
    const tick = Math.ceil(Date.now() / 1000) * 1000 + 15_000 + 2 * jobs
    await plannedInto(folder, jobs, tick)
    const server = await startServer(8, folder, env)
    try {
      if (Date.now() > tick - 2000) throw new Error('the server was not ready in time')
      const outcome = await dueAtOnce(server, jobs, tick)
      show(name, jobs, outcome)
      return outcome
    } finally {
      await server.end()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Jobs whose first tick it is, as the server itself would have stored them. */
async function plannedInto(folder: string, jobs: number, tick: number): Promise<void> {
  const store = await openStore(`sqlite:${folder}`)
  const schedule = { mode: 'interval', interval_seconds: 86_400, start_at: new Date(tick).toISOString() }
  const { definition } = parseDefinition({
    name: 'due at once',
    executor: { type: 'shell', script: 'true', shell: 'sh' },
    schedule,
  })
  if (definition === null) throw new Error('the definition is no definition')
  for (let at = 0; at < jobs; at += 1000)
    await Promise.all(
      Array.from({ length: Math.min(1000, jobs - at) }, () => {
        const { job, version } = newJob(newId(), { home: 'prod', actor: 'bench' }, definition, Date.now())
        return store.jobs.insert(job, version, null)
      }),
    )
  await store.close()
}

async function dueAtOnce({ port }: BenchedServer, jobs: number, tick: number): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, tick - Date.now()))
  const over = await allOver(port, tick)
  const caller = new BenchCaller(port, token)
  const [lags, ofJob]: [number[], Map<string, number>] = [[], new Map()]
  for await (const run of runsSince(caller, tick)) {
    if (run.schedule_tick !== new Date(tick).toISOString()) continue
    lags.push(Date.parse(String(run.created_at)) - tick)
    ofJob.set(String(run.job_id), (ofJob.get(String(run.job_id)) ?? 0) + 1)
  }
  caller.close()
  const counts = JSON.stringify(await call(port, 'GET', '/admin/domains'))
  const all = [...counts.matchAll(/"runs_count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  return {
    lags,
    over,
    missed: jobs - ofJob.size,
    doubled: [...ofJob.values()].filter((count) => count > 1).length,
    left: all - lags.length,
  }
}

/** Waits until nothing is planned for the tick and nothing waits or runs any more; how long that took, ms. */
async function allOver(port: number, tick: number): Promise<number> {
  const caller = new BenchCaller(port, token)
  const text = async (path: string) => (await caller.call('GET', path)).bytes.toString()
  const isPlanned = async () =>
    (await text('/jobs/?domain=prod&sort=next_run_at&limit=1')).includes(
      `"next_run_at":"${new Date(tick).toISOString()}"`,
    )
  const isLive = async () =>
    (await text('/runs/?domain=prod&status=pending,dispatched,running&q=due%20at%20once&limit=1')).startsWith('[{')
  while ((await isPlanned()) || (await isLive())) await new Promise((resolve) => setTimeout(resolve, 250))
  caller.close()
  return Date.now() - tick
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

async function* runsSince(caller: BenchCaller, since: number): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let path: string | undefined = `/runs/?domain=prod&limit=1000&tail=0&since=${new Date(since).toISOString()}`
  while (path !== undefined) {
    const { bytes, headers } = await caller.call('GET', path)
    const page: unknown = JSON.parse(bytes.toString())
    if (Array.isArray(page)) yield* page.filter(isFields)
    path = /<([^>]*)>; rel="next"/.exec(String(headers.link ?? ''))?.[1]
  }
}

function show(name: string, jobs: number, { lags, over, missed, doubled, left }: Outcome): void {
  const last = Math.max(...lags)
  const isWell = missed === 0 && doubled === 0 && last <= (most * jobs) / 10_000
  const [half, high] = [percentile(lags, 50), percentile(lags, 99)]
  console.log(`${isWell ? ' ' : '!'} ${jobs} jobs due at one second, ${name}`)
  console.log(`    run made after: p50 ${half} ms, p99 ${high} ms, last ${last} ms; all over after ${over} ms`)
  console.log(`    ${missed} missed, ${doubled} doubled; ${left} old runs left`)
}
