import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, type TestContext, test, vi } from 'vitest'
import { Listener, type SeenEvent } from '../http/sockets.ts'
import { Replicated } from '../redis/sentinel.ts'
import { isWhole } from '../selection.ts'
import { untilFile } from './fleet.ts'
import { type RealServer, until } from './server.ts'
import { fleetOn, openStores } from './stores.ts'

vi.setConfig({ testTimeout: 240_000 })

/** After so long without a word the sentinel takes the master for dead. ms */
const patience = 2000

const tells = (events: readonly SeenEvent[], run: string): boolean =>
  events.some(({ event, data }) => event === 'run_finished' && JSON.stringify(data).includes(run))

async function given(context: TestContext) {
  const stores = await openStores(context)
  const redis = await Replicated.start(patience)
  context.onTestFinished(() => redis.end())
  await redis.hurry()
  const fleet = await fleetOn(context, { ...stores, redis })
  const other = await fleet.another()
  const one = await fleet.joined('w1', { MAX_CONCURRENCY: '2' })
  const listen = async ({ url }: RealServer, path: string): Promise<Listener> => {
    const listener = await Listener.open(url + path, { 'x-api-key': fleet.token })
    context.onTestFinished(() => listener.leave())
    return listener
  }
  return { redis, fleet, other, one, listen }
}

describe('two schedulers on MongoDB and a Redis with replicas and a sentinel', () => {
  beforeEach((context) => context.skip(!isWhole, 'HYDRA_TEST_ALL=1 runs what takes long'))

  test.for(['is killed', 'stands still'] as const)(
    'the master %s: another leads, what runs and waits goes on, nothing runs twice, and who listens hears of it',
    async (how, context) => {
      const { redis, fleet, other, one, listen } = await given(context)
      const file = join(fleet.server.folder, 'go-on')
      const marks = join(fleet.server.folder, 'marks')
      const script = `echo $HYDRA_RUN_ID $HYDRA_ATTEMPT >> ${marks}; ${untilFile(file)}`
      const runs = [await fleet.runningOn(one, script), await fleet.runningOn(one, script)]
      for (let n = 0; n < 3; n += 1) runs.push((await fleet.server.submit(script)).run)
      const listeners = [await listen(fleet.server, '/events/stream'), await listen(other, '/events/stream')]
      const log = await listen(other, `/runs/${runs[0]}/stream`)
      await log.until('what the job said', ({ length }) => length > 0)

      if (how === 'is killed') await redis.master.kill()
      else redis.master.signal('SIGSTOP')
      const gone = performance.now()
      const seconds = (): string => ((performance.now() - gone) / 1000).toFixed(1)
      const lastBeat = async (): Promise<number> => {
        const beats = redis.replicas.map(({ client }) => client.zscore('worker_heartbeats:prod', 'w1'))
        return Math.max(...(await Promise.all(beats)).map(Number))
      }
      await redis.led()
      const led = seconds()
      const before = await lastBeat()
      await until('a beat at the new master', async () => (await lastBeat()) > before)
      const beat = seconds()
      const job = { name: 'late', executor: { type: 'shell', script } }
      const taken = await until('a submission to be taken', async () => {
        const { status, json } = await other.call('POST', '/jobs/', job)
        return status === 201 && json
      })
      console.log(`the master ${how}: another leads after ${led} s, beats after ${beat} s, submissions ${seconds()} s`)
      runs.push((await other.call('GET', `/jobs/${taken._id}/runs`)).json[0]._id)
      expect(one.jobs.length).toBeGreaterThan(1)

      redis.master.signal('SIGCONT')
      writeFileSync(file, '')
      for (const [n, run] of runs.entries())
        expect(await (n % 2 ? other : fleet.server).runIs(run)).toMatchObject({ status: 'success', attempt: 1 })
      const seen = readFileSync(marks, 'utf8').trimEnd().split('\n').sort()
      expect(seen).toEqual(runs.map((run) => `${run} 1`).sort())
      await log.until('its end', (events) => events.at(-1)?.event === 'end')
      expect(log.events.map(({ data }) => data.text ?? '').join('')).toBe('begun\ndone\n')
      for (const listener of listeners)
        await listener.until('the ends of all', (events) => runs.every((run) => tells(events, run)))
    },
  )
})
