import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { Listener } from '../http/sockets.ts'
import { type RealServer, until } from './server.ts'
import { fleetOn, openStores } from './stores.ts'

// Each starts several processes, side by side with those of others.
vi.setConfig({ testTimeout: 180_000 })

interface Shown {
  readonly _id: string
  readonly job_id: string
  readonly status: string
  readonly attempt: number
  readonly start_ts: string
  readonly schedule_tick: string | null
}

async function listen(context: TestContext, server: RealServer, token: string, last?: string): Promise<Listener> {
  const headers = { 'x-api-key': token, ...(last && { 'last-event-id': last }) }
  const listener = await Listener.open(`${server.url}/events/stream`, headers)
  context.onTestFinished(() => listener.leave())
  return listener
}

/** Sends jobs to each in turn until it is stopped; the ids of those that were accepted. */
function stream(of: () => readonly RealServer[]) {
  const jobs: string[] = []
  let isOver = false
  const job = { name: 'one of many', executor: { type: 'shell', script: 'true' } }
  const sending = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const servers = of()
      const answer = await servers[n % servers.length]?.call('POST', '/jobs/', job).catch(() => null)
      if (answer?.status === 201) jobs.push(answer.json._id)
      await wait(20)
    }
  })()
  return {
    jobs,
    stop: async (): Promise<void> => {
      isOver = true
      await sending
    },
  }
}

const runsOf = async (server: RealServer, job: string): Promise<readonly Shown[]> =>
  (await server.call('GET', `/jobs/${job}/runs?limit=1000`)).json

describe.concurrent('two schedulers on one Redis and one MongoDB', () => {
  test('each shows what was done at the other; the events of both are the same in both, and a client resumes at the other', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    const [a, b] = [fleet.server, await fleet.another()]
    await fleet.joined('w1', { MAX_CONCURRENCY: '4' })
    const [atA, atB] = [await listen(context, a, fleet.token), await listen(context, b, fleet.token)]
    const runs: string[] = []
    for (let n = 0; n < 6; n += 1) {
      const [here, there] = n % 2 ? [a, b] : [b, a]
      const { job, run } = await here.submit('echo done')
      expect((await there.call('GET', `/jobs/${job}`)).json).toMatchObject({ _id: job })
      runs.push(run)
    }
    for (const [n, run] of runs.entries())
      expect(await (n % 2 ? b : a).runIs(run)).toMatchObject({ status: 'success', attempt: 1, stdout: 'done\n' })
    const isTold = (events: Listener['events']) =>
      runs.every((run) =>
        events.some(({ event, data }) => event === 'run_finished' && JSON.stringify(data).includes(run)),
      )
    for (const one of [atA, atB]) await one.until('the ends of all', () => isTold(one.events))
    const ids = atA.events.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(atB.events).toEqual(atA.events)
    const middle = Math.floor(ids.length / 2)
    const resumed = await listen(context, b, fleet.token, ids[middle])
    await resumed.until('the rest', ({ length }) => length >= ids.length - middle - 1)
    expect(resumed.events).toEqual(atA.events.slice(middle + 1))
    // One key at both at once: one makes it, the other is told so, or finds the same.
    const twice = { name: 'twice', executor: { type: 'shell', script: 'true' } }
    const key = { 'idempotency-key': 'a key' }
    const both = await Promise.all([a, b].map((one) => one.call('POST', '/jobs/', twice, key)))
    const made = both.find(({ status }) => status === 201)?.text
    for (const { status, text } of both) expect([status, text]).toEqual(status === 409 ? [409, text] : [201, made])
    for (const one of [a, b]) expect((await one.call('POST', '/jobs/', twice, key)).text).toBe(made)
    expect((await a.call('GET', '/jobs/?q=twice')).json).toHaveLength(1)
    // A cancel at one reaches what the other gave out, and the log of one is followed at the other.
    const { run } = await a.submit('echo begun; sleep 600')
    const log = await Listener.open(`${b.url}/runs/${run}/stream`, { 'x-api-key': fleet.token })
    await log.until('its first line', (events) => JSON.stringify(events).includes('begun'))
    await b.call('POST', `/runs/${run}/cancel`)
    expect(await a.runIs(run)).toMatchObject({ status: 'cancelled' })
    await log.until('its end', (events) => events.at(-1)?.event === 'end')
  })

  test('one is killed under load and comes back: no tick is lost or doubled, and every run succeeds at once', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    const [a, b] = [fleet.server, await fleet.another()]
    await Promise.all(['w1', 'w2'].map((id) => fleet.joined(id, { MAX_CONCURRENCY: '2' })))
    const each = { mode: 'interval', interval_seconds: 1 }
    const made = { name: 'ticks', schedule: each, executor: { type: 'shell', script: 'true' } }
    const { _id: ticking } = (await a.call('POST', '/jobs/', { ...made, schedule: { ...each, overlap: 'allow' } })).json
    let alive: readonly RealServer[] = [a, b]
    const load = stream(() => alive)
    await until('some load', async () => load.jobs.length > 20 && (await runsOf(b, ticking)).length >= 2)
    await a.end('SIGKILL')
    alive = [b]
    const killed = Date.now()
    const sentBefore = load.jobs.length
    const startedAfter = (runs: readonly Shown[]) => runs.filter(({ start_ts }) => Date.parse(start_ts ?? '') > killed)
    const first = await until('a run that is submitted after the kill', async () => {
      const job = load.jobs[sentBefore + 1]
      return job ? (await runsOf(b, job)).find(({ status }) => status === 'success') : null
    })
    await until('ticks after the kill', async () => startedAfter(await runsOf(b, ticking)).length >= 4)
    const back = await fleet.another()
    alive = [back, b]
    const { run } = await back.submit('true')
    await load.stop()
    await b.call('PUT', `/jobs/${ticking}`, { schedule: { enabled: false } })
    expect(await b.runIs(run)).toMatchObject({ status: 'success', attempt: 1 })
    const unfinished = '/runs/?status=pending,dispatched,running,retrying&limit=1'
    await until('the end of all', async () => (await back.call('GET', unfinished)).json.length === 0)
    const all: readonly Shown[] = (await back.call('GET', '/runs/?limit=1000')).json
    for (const one of all) expect(one).toMatchObject({ status: 'success', attempt: 1 })
    // Each accepted job has one run; whom the kill left without an answer may have one, too.
    const jobs = all.map(({ job_id }) => job_id).filter((id) => id !== ticking)
    expect(new Set(jobs).size).toBe(jobs.length)
    expect(load.jobs.filter((id) => !jobs.includes(id))).toEqual([])
    const ticks = all.filter(({ job_id }) => job_id === ticking).reverse()
    const at = ticks.map(({ schedule_tick }) => Date.parse(schedule_tick ?? ''))
    expect(at).toEqual(at.map((_, n) => (at[0] ?? 0) + n * 1000))
    const first_after = (Date.parse(first.start_ts) - killed) / 1000
    console.log(
      `a scheduler is killed: ${load.jobs.length} submissions, ${at.length} ticks; first start after ${first_after} s`,
    )
  })
})
