import { spawn } from 'node:child_process'
import { Metrics } from '../src/runtime/metrics.ts'
import { percentile } from './load.ts'
import { openBench, runsPerSecond } from './orchestration.ts'
import { askApart, call, load, makeJob, realRuns } from './runs.ts'
import { cpu, megabytes, startServer, token } from './server.ts'

/** ms from the moment before the POST to the job's own first instruction. */
async function startLatency(port: number, count: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i += 1) {
    const asked = performance.timeOrigin + performance.now()
    const { _id } = await call(port, 'POST', '/jobs/', {
      name: 'latency',
      executor: { type: 'shell', script: 'date +%s%N', shell: 'sh' },
    })
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/jobs/${_id}/runs`, { headers: { 'x-api-key': token } })
      const found = /"stdout":"(\d{13,})/.exec(await answer.text())?.[1]
      if (found === undefined) continue
      times.push(Number(found) / 1e6 - asked)
      break
    }
  }
  return times
}

/** Bare `child_process.spawn` of the same, both pipes read, nothing kept. */
export async function bareSpawns(count: number, atATime: number): Promise<number> {
  let left = count
  const begin = performance.now()
  const one = async (): Promise<void> => {
    while (left-- > 0)
      await new Promise((resolve) => {
        const child = spawn('/bin/sh', ['-c', 'true', 'sh'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
        child.stdout.resume()
        child.stderr.resume()
        child.once('close', resolve)
      })
  }
  await Promise.all(Array.from({ length: atATime }, one))
  return (count / (performance.now() - begin)) * 1000
}

const show = (name: string, value: string): void => console.log(`${name.padEnd(58)} ${value}`)
const ms = (times: readonly number[]): string =>
  `p50 ${percentile(times, 50).toFixed(1)} ms, p99 ${percentile(times, 99).toFixed(1)} ms`
const median = (numbers: readonly number[]): number => percentile(numbers, 50)

/** Real processes over HTTP, beside bare spawns of the same in the same minute. */
export async function processes(): Promise<void> {
  const server = await startServer(8)
  const { port, pids } = server
  const job = await makeJob(port, { type: 'shell', script: 'true', shell: 'sh' })
  await realRuns(port, job, 1000)
  const ratios: number[] = []
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let round = 0; round < 3; round += 1) {
    bare.push(await bareSpawns(1500, 8))
    ours.push(await realRuns(port, job, 3000))
    ratios.push((ours.at(-1) ?? 0) / (bare.at(-1) ?? 1))
  }
  show('bare child_process.spawn of sh -c true', `${median(bare).toFixed(0)} a second`)
  show(
    'runs of sh -c true, submitted one by one, full history',
    `${median(ours).toFixed(0)} a second (ratio ${median(ratios).toFixed(2)})`,
  )
  show('POST → the first instruction of the job', ms((await startLatency(port, 220)).slice(20)))
  const busy = askApart(load(port, { method: 'POST', path: `/jobs/${job}/run`, count: 4000, atATime: 16, pace: 500 }))
  const read = await askApart(load(port, { path: `/jobs/${job}`, count: 1000, atATime: 1, pace: 150 }))
  show('GET of a job while 500 runs a second go through', ms(read.times))
  await busy
  if (process.platform === 'linux') {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const before = cpu(pids)
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    show('idle CPU of server and supervisor', `${((cpu(pids) - before) * 10).toFixed(2)} % of a core`)
    show('their memory so far', `${megabytes(pids).toFixed(0)} MB`)
  }
  await server.end()
}

/** The control plane without HTTP or processes. */
export async function orchestration(): Promise<void> {
  const { plane, close } = await openBench()
  await runsPerSecond(plane, 2000, 64)
  show(
    'null executor, in process, 64 under way',
    `${(await runsPerSecond(plane, 20_000, 64)).toFixed(0)} runs a second`,
  )
  const alone: number[] = []
  const beside: number[] = []
  const unfit = {
    name: 'unfit',
    executor: { type: 'shell', script: 'true' },
    affinity: { tags: ['nowhere'] },
    schedule: { enabled: false },
  }
  alone.push(await runsPerSecond(plane, 10_000, 16))
  const scope = { domain: null, home: 'prod', actor: 'bench' }
  const { job } = await plane.jobs.submit(scope, unfit, { adhoc: false, ids: null })
  for (let at = 0; at < 100_000; at += 1000)
    await Promise.all(Array.from({ length: 1000 }, () => plane.jobs.run(scope, job._id, { ids: null })))
  beside.push(await runsPerSecond(plane, 10_000, 16), await runsPerSecond(plane, 10_000, 16))
  show(
    'the same beside 100,000 pending runs that fit no worker',
    `${((median(beside) / median(alone)) * 100).toFixed(0)} % of the pace without them`,
  )
  await close()
  await measured()
}

/** What measuring costs: the same pace with and without, in turn. */
async function measured(): Promise<void> {
  const [plain, metered] = [await openBench(), await openBench(new Metrics())]
  const ratios: number[] = []
  for (let round = 0; round < 4; round += 1) {
    const without = await runsPerSecond(plain.plane, 6000, 64)
    const withIt = await runsPerSecond(metered.plane, 6000, 64)
    if (round > 0) ratios.push(withIt / without)
  }
  show('the same with everything measured', `${(median(ratios) * 100).toFixed(0)} % of the pace without`)
  await plain.close()
  await metered.close()
}
