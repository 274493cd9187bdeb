import { describe, expect, type TestContext, test } from 'vitest'
import { type FailPoint, failPoints } from '../../src/runtime/fail-points.ts'
import { isAlive, supervisorOf, until } from '../e2e/server.ts'
import type { RealWorker } from '../e2e/worker.ts'
import { isWhole } from '../selection.ts'
import { type Accepted, armed, everything } from './load.ts'
import { Site } from './site.ts'
import { assertAllTrue } from './truths.ts'

type Points = readonly FailPoint[]

/** Submitted in each life; a worker has two slots. */
const jobs = 4

const isOfWorker = (name: FailPoint): boolean => /^(?:worker|letter)\./.test(name)
const isOfVerdict = (name: FailPoint): boolean => name.startsWith('verdict.')
/** Over Redis a worker claims by itself: what a scheduler does then is done over HTTP. */
const isOfHttp = (name: FailPoint): boolean => name === 'desk.claimed'

/** A scheduler dies at each of the points in turn, and another takes its place. */
async function killSchedulers(names: Points, context: TestContext): Promise<void> {
  const site = await Site.open(context)
  const accepted: Accepted = { runs: new Set(), jobs: new Set() }
  const ttl = { SCHEDULER_HEARTBEAT_TTL: '6' }
  for (const [life, name] of names.entries()) {
    const doomed = await site.scheduler({ HYDRA_FAIL_POINT: armed(name), ...ttl })
    // What a worker's coming leads past is visited by one more of them.
    const one = life === 0 || name.startsWith('redis.') ? site.worker(`w${life}`, {}, way(name)) : null
    const loaded = everything(doomed, accepted, name, jobs)
    if (one !== null && isOfVerdict(name)) await loseWhatRuns(site, one)
    await until(`${name} to be visited`, () => doomed.child.signalCode !== null, 60)
    expect(doomed.child.signalCode).toBe('SIGKILL')
    await loaded
  }
  const server = await site.scheduler(ttl)
  if (names.some(isOfVerdict)) site.worker('w0')
  await assertAllTrue(server, accepted)
}

const way = (name: FailPoint): 'redis' | 'http' => (isOfHttp(name) ? 'http' : 'redis')

async function loseWhatRuns(site: Site, one: RealWorker): Promise<void> {
  await until('a job to run', () => one.jobs.length > 0)
  await one.end('SIGKILL')
  one.killSupervisor()
  site.worker('w1')
}

/** A worker dies at each of the points in turn, alone or with its supervisor, and starts again on its folder. */
async function killWorkers(names: Points, both: boolean, context: TestContext): Promise<void> {
  const site = await Site.open(context)
  const accepted: Accepted = { runs: new Set(), jobs: new Set() }
  const server = await site.scheduler()
  for (const name of names) {
    const doomed = site.worker('w1', { HYDRA_FAIL_POINT: armed(name, both) })
    const loaded = everything(server, accepted, name, jobs)
    expect(await doomed.ended()).toBe('SIGKILL')
    const supervisor = supervisorOf(site.folder) ?? 0
    if (both) await until('its supervisor to be dead', () => !isAlive(supervisor))
    else expect(isAlive(supervisor), 'the supervisor lives on').toBe(true)
    await loaded
  }
  site.worker('w1')
  await assertAllTrue(server, accepted)
}

/** Where the most is left to be mended; `HYDRA_TEST_ALL=1` visits all. */
const telling: Points = ['mongo.job-inserted', 'ingest.state-stored', 'post.acted', 'worker.after-report']

/** Points that one fleet visits. */
const most = 6

/** Some points in turn, since each fleet takes its time to come up. Those that want a fleet of their own have one. */
function chains(is: (name: FailPoint) => boolean): readonly { readonly names: Points }[] {
  const chosen = failPoints.filter((name) => is(name) && (isWhole || telling.includes(name)))
  const shared = chosen.filter((name) => !isOfVerdict(name) && !isOfHttp(name))
  const found = Array.from({ length: Math.ceil(shared.length / most) }, (_, at) =>
    shared.slice(at * most, at * most + most),
  )
  const own = [chosen.filter(isOfVerdict), chosen.filter(isOfHttp)]
  return [...own, ...found].filter(({ length }) => length > 0).map((names) => ({ names }))
}

// A chain of kills takes as many starts.
describe.concurrent('on Redis and MongoDB', { timeout: 300_000 }, () => {
  describe('kill -9 of the scheduler: what runs goes on, and every run ends once', () => {
    test.for(chains((name) => !isOfWorker(name)))('at $names', ({ names }, context) => killSchedulers(names, context))
  })

  describe('kill -9 of the worker: what runs goes on, and every run ends once', () => {
    test.for(chains(isOfWorker))('at $names', ({ names }, context) => killWorkers(names, false, context))
  })

  describe('kill -9 of worker and supervisor together: no process is left, and every run ends once', () => {
    test.for(chains(isOfWorker))('at $names', ({ names }, context) => killWorkers(names, true, context))
  })
})
