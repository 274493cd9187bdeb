import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from './load.ts'
import { askApart, call, load, makeJob } from './runs.ts'
import { seedStore } from './seed.ts'
import { type BenchedServer, startServer, token } from './server.ts'

/** Jobs with a tick each second, and submissions a second, all of real runs. */
const [ticking, pace] = [10, 50]
/** Rounds of each kind, in turn, and seconds of one. */
const [rounds, seconds] = [3, 20]
const day = 86_400_000
/** Half of the seeded history is older than this. */
const retentionDays = 90

/** What ticks and submissions met in one round, ms. */
interface Met {
  readonly ticks: readonly number[]
  readonly submissions: readonly number[]
  readonly removed: number
}

/** How many runs there are, of all domains. */
async function runsLeft({ port }: BenchedServer): Promise<number> {
  const { domains } = await call(port, 'GET', '/admin/domains')
  return [...JSON.stringify(domains).matchAll(/"runs_count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** From each tick's time to the moment that its run was made. */
async function tickLags({ port }: BenchedServer, jobs: readonly string[], since: string): Promise<readonly number[]> {
  const lags: number[] = []
  for (const job of jobs) {
    const url = `http://127.0.0.1:${port}/jobs/${job}/runs?limit=1000&tail=0&since=${since}`
    const text = await (await fetch(url, { headers: { 'x-api-key': token } })).text()
    const [ticks, made] = ['schedule_tick', 'created_at'].map((field) =>
      [...text.matchAll(new RegExp(`"${field}":"([^"]+)"`, 'g'))].map(([, time = '']) => Date.parse(time)),
    )
    for (const [at, tick] of (ticks ?? []).entries()) lags.push((made?.[at] ?? Number.NaN) - tick)
  }
  return lags
}

async function round(folder: string, days: number): Promise<Met> {
  const server = await startServer(8, folder, { RETENTION_DAYS: String(days) })
  try {
    const executor = { type: 'shell', script: 'true', shell: 'sh' }
    const schedule = { mode: 'interval', interval_seconds: 1, overlap: 'allow' }
    const jobs = await Promise.all(Array.from({ length: ticking }, () => makeJob(server.port, executor, { schedule })))
    const manual = await makeJob(server.port, executor)
    const path = `/jobs/${manual}/run`
    await askApart(load(server.port, { method: 'POST', path, count: pace, atATime: 4, pace }))
    const [since, before] = [new Date().toISOString(), await runsLeft(server)]
    const count = pace * seconds
    const { times } = await askApart(load(server.port, { method: 'POST', path, count, atATime: 8, pace }))
    const ticks = await tickLags(server, jobs, since)
    const removed = before + count + ticks.length - (await runsLeft(server))
    for (const job of [...jobs, manual]) await call(server.port, 'DELETE', `/jobs/${job}`)
    return { ticks, submissions: times, removed }
  } finally {
    await server.end()
  }
}

/** Without any other load. */
async function alone(folder: string): Promise<number> {
  const server = await startServer(8, folder, { RETENTION_DAYS: String(retentionDays) })
  try {
    const before = await runsLeft(server)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    return before - (await runsLeft(server))
  } finally {
    await server.end()
  }
}

const show = (name: string, value: string): void => console.log(`${name.padEnd(58)} ${value}`)
const ms = (times: readonly number[]): string =>
  [50, 99, 100].map((p) => `p${p} ${percentile(times, p).toFixed(1)}`).join('  ')

/**
 * What a great deletion does to ticks and submissions: rounds of the same load over one store, with and without, in turn.
 * @param runs of a history of twice the retention: half of them are to go
 */
export async function housekeeping(runs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  try {
    const plan = { jobs: 20_000, runs, pending: 0, days: 2 * retentionDays, until: Date.now() - day }
    await seedStore(folder, plan)
    const megabytes = statSync(join(folder, 'hydra.db')).size / 2 ** 20
    show(`seeded ${runs} runs of ${plan.days} days`, `${megabytes.toFixed(0)} MiB`)
    const [without, having]: [Met[], Met[]] = [[], []]
    for (let at = 0; at < rounds; at += 1) {
      without.push(await round(folder, 0))
      having.push(await round(folder, retentionDays))
    }
    const all = (met: readonly Met[], what: 'ticks' | 'submissions') => met.flatMap((one) => one[what])
    const removed = having.reduce((sum, one) => sum + one.removed, 0)
    show(
      `removed beside ${ticking} ticks and ${pace} submissions a second`,
      `${(removed / rounds / seconds).toFixed(0)} runs a second`,
    )
    for (const [what, name] of [
      ['ticks', "from a tick's time to its run"],
      ['submissions', 'POST of a run'],
    ] as const) {
      show(`${name}, ms: without`, ms(all(without, what)))
      show(`${name}, ms: with`, ms(all(having, what)))
      const p99 = (met: Met): number => percentile(met[what], 99)
      const ratio = percentile(
        having.map((one, at) => p99(one) / p99(without[at] ?? one)),
        50,
      )
      show(`${name}: p99 with ÷ without, median of ${rounds}`, ratio.toFixed(2))
    }
    show('removed without other load', `${((await alone(folder)) / seconds).toFixed(0)} runs a second`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
