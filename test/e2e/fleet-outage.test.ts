import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { Listener } from '../http/sockets.ts'
import { CuttableProxy } from '../mongo/proxy.ts'
import { isWhole } from '../selection.ts'
import { type Fleet, untilFile } from './fleet.ts'
import { type RealServer, until } from './server.ts'
import { fleetOn, openStores } from './stores.ts'
import type { RealWorker } from './worker.ts'

// Each starts several processes, side by side with those of others.
vi.setConfig({ testTimeout: 180_000 })

/** The TTL is ten seconds, and a lease, after which a worker ends what it runs, seven. */
const [longerThanTtl, longerThanLease] = [15_000, 8000]
const notNow = 'HYDRA_TEST_ALL=1 runs what takes long'
/** All of them at once are more processes than two cores can keep alive: a worker that gets no time ends what it runs, as it must. */
const together = isWhole ? describe : describe.concurrent

interface Tick {
  readonly outcome: string
  readonly from: string
  readonly to: string
  readonly count: number
  readonly status: string | null
}

interface Ran {
  readonly status: string
}

/** What needs the store: each of these is asked while it is away. */
const routes = (run: string, job: string) =>
  [
    ['GET', '/jobs/'],
    ['GET', `/jobs/${job}`],
    ['GET', `/jobs/${job}/runs`],
    ['GET', `/jobs/${job}/ticks`],
    ['GET', `/runs/${run}`],
    ['GET', `/runs/${run}/log`],
    ['GET', `/runs/${run}/log/lines?from=1&count=5`],
    ['GET', `/runs/${run}/log/search?q=begun`],
    ['GET', `/runs/${run}/stream`],
    ['GET', `/runs/${run}/explain`],
    ['GET', '/logs/search?q=begun'],
    ['GET', '/history/'],
    ['GET', '/overview/jobs'],
    ['GET', '/queue/overview'],
    ['GET', '/stats/runs'],
    ['GET', '/workers/'],
    ['GET', '/admin/domains'],
    ['GET', '/audit/'],
    ['GET', '/metrics'],
    ['GET', '/ready'],
    ['PUT', `/jobs/${job}`, { name: 'another name' }],
    ['POST', '/jobs/', { name: 'late', executor: { type: 'shell', script: 'true' } }],
    ['POST', `/jobs/${job}/run`, {}],
    ['POST', `/runs/${run}/cancel`],
    ['POST', '/workers/w1/state', { state: 'online' }],
    ['POST', '/admin/domains', { domain: 'late' }],
    ['POST', '/jobs/bulk', { action: 'pause', ids: [job] }],
    ['DELETE', `/jobs/${job}`],
  ] as const

/** Asks everything of everyone; each is refused as what passes, and says when to come again. */
async function allRefused(servers: readonly RealServer[], run: string, job: string): Promise<void> {
  const asked = routes(run, job).flatMap(([method, path, body]) => servers.map((one) => ({ one, method, path, body })))
  const answers = await Promise.all(
    asked.map(async ({ one, method, path, body }) => {
      const { status, headers, text } = await one.call(method, path, body)
      return { what: `${method} ${path}`, status, again: Number(headers.get('retry-after')), text }
    }),
  )
  for (const { what, status, again, text } of answers)
    expect([what, status, again > 0, status === 503 ? '' : text]).toEqual([what, 503, true, ''])
}

/** A fleet whose schedulers reach MongoDB over what can be cut; a job that runs until its file is there, and one a second. */
async function given(context: TestContext, script = 'true') {
  const stores = await openStores(context)
  const proxy = await CuttableProxy.open(stores.mongo)
  context.onTestFinished(() => proxy.close())
  const fleet = await fleetOn(context, { ...stores, mongo: proxy.url })
  const one = await fleet.joined('w1', { MAX_CONCURRENCY: '4' })
  const file = join(fleet.server.folder, 'go-on')
  const run = await fleet.runningOn(one, untilFile(file))
  const every = { mode: 'interval', interval_seconds: 1 }
  const ticking = { name: 'ticks', schedule: every, executor: { type: 'shell', script } }
  const job: string = (await fleet.server.call('POST', '/jobs/', ticking)).json._id
  return { stores, proxy, fleet, one, file, run, job }
}

/** How long after the moment `back`, ms, a tick was run again. */
async function recovered(server: RealServer, job: string, back: number): Promise<string> {
  const isAfter = ({ start_ts }: { start_ts: string | null }): boolean => Date.parse(start_ts ?? '') > back
  const first = await until('a tick after the outage', async () => {
    const { status, json } = await server.call('GET', `/jobs/${job}/runs`)
    return status === 200 && json.findLast(isAfter)
  })
  return `${((Date.parse(first.start_ts) - back) / 1000).toFixed(1)} s`
}

/** The ledger of a job whose schedule was paused: every second from the first tick on stands in it once. */
async function ticksOf(server: RealServer, job: string): Promise<readonly Tick[]> {
  const ticks: Tick[] = (await server.call('GET', `/jobs/${job}/ticks?limit=1000`)).json.reverse()
  const seconds = ticks.flatMap(({ from, count }) =>
    Array.from({ length: count }, (_, n) => Date.parse(from) + n * 1000),
  )
  expect(seconds).toEqual(seconds.map((_, n) => (seconds[0] ?? 0) + n * 1000))
  return ticks
}

/** Ends the ticks; each run that there is succeeds in its first attempt. */
async function nothingRanTwice(fleet: Fleet, { run, job }: { run: string; job: string }): Promise<void> {
  await fleet.server.call('PUT', `/jobs/${job}`, { schedule: { enabled: false } })
  expect(await fleet.server.runIs(run)).toMatchObject({ status: 'success', attempt: 1, stdout: 'begun\ndone\n' })
  const live = '/runs/?status=pending,dispatched,running,retrying&limit=1'
  await until('the end of all', async () => (await fleet.server.call('GET', live)).json.length === 0)
  const all: { attempt: number; status: string }[] = (await fleet.server.call('GET', '/runs/?limit=1000')).json
  expect(all.filter(({ attempt, status }) => attempt !== 1 || status !== 'success')).toEqual([])
}

together('while MongoDB', () => {
  test('is away from all schedulers: 503 with Retry-After, what runs goes on, streams stand; then ticks are made up for', async (context) => {
    const { proxy, fleet, one, file, run, job } = await given(context)
    const servers = [fleet.server, await fleet.another()]
    const http = await fleet.joinedOverHttp('w2', servers, { WORKER_QUEUES: 'http' })
    const other = await fleet.runningOn(http, untilFile(file), { queue: 'http' })
    const listeners = await Promise.all(
      servers.map(({ url }) => Listener.open(`${url}/events/stream`, { 'x-api-key': fleet.token })),
    )
    const log = await Listener.open(`${servers[1]?.url}/runs/${run}/stream`, { 'x-api-key': fleet.token })
    await log.until('what the job said', ({ length }) => length > 0)
    proxy.goAway()
    const enough = performance.now() + (isWhole ? longerThanTtl : 0)
    do await allRefused(servers, run, job)
    while (performance.now() < enough)
    expect((await fleet.server.call('GET', '/health')).json).toMatchObject({ status: 'ok' })
    expect(one.jobs.map((job) => job.run)).toContain(run)
    expect(http.jobs.map((job) => job.run)).toContain(other)
    proxy.comeBack()
    const back = Date.now()
    console.log(`MongoDB away from all: ticks again after ${await recovered(fleet.server, job, back)}`)
    writeFileSync(file, '')
    await nothingRanTwice(fleet, { run, job })
    const ticks = await ticksOf(fleet.server, job)
    expect(ticks.filter(({ outcome }) => outcome === 'late').length).toBeGreaterThan(0)
    // Each stream is the one that was opened before the outage.
    for (const listener of listeners)
      await listener.until('the end of the run', (events) =>
        events.some(({ event, data }) => event === 'run_finished' && JSON.stringify(data).includes(run)),
      )
    await log.until('its end', (events) => events.at(-1)?.event === 'end')
    expect(log.events.map(({ data }) => data.text ?? '').join('')).toBe('begun\ndone\n')
    for (const listener of [...listeners, log]) listener.leave()
  })

  test('is cut from one scheduler without a word: the other goes on, and nothing is given out twice', async (context) => {
    if (!isWhole) context.skip(notNow)
    const { stores, proxy, fleet, one, file, run, job } = await given(context)
    const healthy = await fleet.another({ MONGO_URL: stores.mongo })
    const http = await fleet.joinedOverHttp('w2', [fleet.server, healthy], { WORKER_QUEUES: 'http' })
    const other = await fleet.runningOn(http, untilFile(file), { queue: 'http' })
    const listener = await Listener.open(`${fleet.server.url}/events/stream`, { 'x-api-key': fleet.token })
    proxy.goMute()
    const began = Date.now()
    // Longer than the driver takes to notice: requests hang first, and are refused then.
    while (Date.now() - began < 20_000)
      for (const queue of ['default', 'http']) {
        const { run: more } = await healthy.submit('true', { queue })
        expect(await healthy.runIs(more)).toMatchObject({ status: 'success', attempt: 1 })
      }
    await allRefused([fleet.server], run, job)
    expect(one.jobs.map((job) => job.run)).toContain(run)
    expect(http.jobs.map((job) => job.run)).toContain(other)
    proxy.comeBack()
    const back = Date.now()
    await until('the scheduler that was cut off', async () => (await fleet.server.call('GET', '/ready')).status === 200)
    console.log(`MongoDB cut from one: it is ready again after ${(Date.now() - back) / 1000} s`)
    writeFileSync(file, '')
    await nothingRanTwice(fleet, { run, job })
    const ticks = await ticksOf(healthy, job)
    // The other one decided them all.
    expect(ticks.filter(({ outcome }) => outcome === 'missed')).toEqual([])
    await listener.until('the end of the run', (events) =>
      events.some(({ event, data }) => event === 'run_finished' && JSON.stringify(data).includes(run)),
    )
    listener.leave()
  })

  test('is away for longer than a tick may be late: one late run, and one record of the rest', async (context) => {
    if (!isWhole) context.skip(notNow)
    const { proxy, fleet, file, run, job } = await given(context, 'sleep 0.9')
    // A run whose end cannot be told for now: it must not cost the late one.
    await until('a run of the ticks', async () =>
      (await fleet.server.call('GET', `/jobs/${job}/runs`)).json.some((one: Ran) => one.status === 'running'),
    )
    proxy.goAway()
    await wait(40_000)
    proxy.comeBack()
    const back = Date.now()
    console.log(`MongoDB away for 40 s: ticks again after ${await recovered(fleet.server, job, back)}`)
    writeFileSync(file, '')
    await nothingRanTwice(fleet, { run, job })
    const ticks = await ticksOf(fleet.server, job)
    // What was missed stands in one row, and the newest of it has the one late run.
    const at = ticks.findIndex(({ outcome }) => outcome === 'missed')
    expect(ticks[at]).toMatchObject({ reason: 'missed while no scheduler was running' })
    expect(ticks[at]?.count).toBeGreaterThan(1)
    expect(ticks[at + 1]).toMatchObject({ outcome: 'late', count: 1, status: 'success' })
  })
})

/** Workers of a queue each, so many runs on each of them, and which of those have a process at the moment. */
async function severalRunning(fleet: Fleet, ids: readonly string[], each: number, script: string) {
  const workers: RealWorker[] = []
  const runs: string[] = []
  for (const id of ids) {
    workers.push(await fleet.joined(id, { WORKER_QUEUES: id, MAX_CONCURRENCY: String(each + 1) }))
    for (let n = 0; n < each; n += 1) runs.push((await fleet.server.submit(script, { queue: id })).run)
  }
  runs.sort()
  const running = (): readonly string[] =>
    workers
      .flatMap(({ jobs }) => jobs.map(({ run }) => run))
      .filter((run, at, all) => runs.includes(run) && all.indexOf(run) === at)
      .sort()
  await until('all to run', () => running().length === runs.length)
  return { workers, runs, running }
}

together('while Redis', () => {
  test('is away, and the first scheduler is killed: what runs goes on as long as another can be reached', async (context) => {
    const stores = await openStores(context)
    const fleet = await fleetOn(context, stores)
    const [first, second] = [fleet.server, await fleet.another()]
    const file = join(first.folder, 'go-on')
    const held = await severalRunning(fleet, isWhole ? ['w1', 'w2', 'w3'] : ['w1'], isWhole ? 3 : 1, untilFile(file))
    for (const { id } of held.workers)
      await until('the worker to know of both', async () =>
        JSON.stringify(await stores.redis.client.xrevrange(`inbox:prod:${id}`, '+', '-', 'COUNT', 1)).includes(
          second.url,
        ),
      )
    await stores.redis.kill()
    await first.end('SIGKILL')
    await wait(isWhole ? 60_000 : longerThanLease)
    expect(held.running()).toEqual(held.runs)
    await stores.redis.run()
    const back = performance.now()
    for (const { id } of held.workers) await fleet.isOnline(id, second)
    console.log(`Redis away: all workers are back after ${((performance.now() - back) / 1000).toFixed(1)} s`)
    writeFileSync(file, '')
    for (const run of held.runs)
      expect(await second.runIs(run)).toMatchObject({ status: 'success', attempt: 1, stdout: 'begun\ndone\n' })
  })

  test('stands still for a minute, and refuses nobody: what runs goes on, by what the schedulers write in the store', async (context) => {
    if (!isWhole) context.skip(notNow)
    const stores = await openStores(context)
    const fleet = await fleetOn(context, stores)
    const second = await fleet.another()
    const file = join(fleet.server.folder, 'go-on')
    const held = await severalRunning(fleet, ['w1', 'w2', 'w3'], 3, untilFile(file))
    stores.redis.signal('SIGSTOP')
    await wait(60_000)
    expect(held.running()).toEqual(held.runs)
    stores.redis.signal('SIGCONT')
    const back = performance.now()
    for (const { id } of held.workers) await fleet.isOnline(id)
    console.log(`Redis stands still: all workers are back after ${((performance.now() - back) / 1000).toFixed(1)} s`)
    writeFileSync(file, '')
    for (const run of held.runs)
      expect(await second.runIs(run)).toMatchObject({ status: 'success', attempt: 1, stdout: 'begun\ndone\n' })
    const { run } = await second.submit('true', { queue: 'w2' })
    expect(await fleet.server.runIs(run)).toMatchObject({ status: 'success', attempt: 1 })
  })

  test('and every scheduler are out of reach of a worker: it ends what it runs before another gets it', async (context) => {
    if (!isWhole) context.skip(notNow)
    const stores = await openStores(context)
    const proxy = await CuttableProxy.open(stores.redis.url)
    context.onTestFinished(() => proxy.close())
    const fleet = await fleetOn(context, stores)
    const one = await fleet.joined('w1', { REDIS_URL: `redis://${proxy.host}` })
    const marks = join(fleet.server.folder, 'marks')
    const script = `while :; do echo $HYDRA_ATTEMPT >> ${marks}; [ $HYDRA_ATTEMPT = 2 ] && exit; sleep 0.05; done`
    const run = await fleet.runningOn(one, script)
    // The next scheduler listens elsewhere, and the worker hears nothing of it.
    await fleet.server.end('SIGKILL')
    proxy.goMute()
    const cut = performance.now()
    const next = await fleet.another()
    await until('the end of its process', () => one.jobs.length === 0)
    expect(await next.run(run)).toMatchObject({ status: 'running', attempt: 1 })
    fleet.worker('w2')
    const over = await next.runIs(run)
    console.log(`out of reach: it starts elsewhere after ${((performance.now() - cut) / 1000).toFixed(1)} s (TTL 10 s)`)
    expect(over).toMatchObject({ status: 'success', worker_id: 'w2', attempt: 2, failovers: 1 })
    const seen = readFileSync(marks, 'utf8').trimEnd()
    expect(seen).toMatch(/^(?:1\n)+2$/)
    proxy.comeBack()
    await fleet.isOnline('w1', next)
    expect(await next.run(run)).toEqual(over)
  })
})
