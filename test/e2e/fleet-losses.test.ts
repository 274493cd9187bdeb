import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { skipUnlessWhole } from '../selection.ts'
import { type Fleet, untilFile } from './fleet.ts'
import { until } from './server.ts'
import { fleetOn, openStores } from './stores.ts'
import type { RealWorker } from './worker.ts'

vi.setConfig({ testTimeout: 240_000 })

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)

/** Jobs that run until a file is there, each with its process on the worker whose queue it names. */
async function runningOn(fleet: Fleet, one: RealWorker, queue: string, script: string, count: number) {
  const runs: string[] = []
  for (let n = 0; n < count; n += 1) runs.push((await fleet.server.submit(script, { queue })).run)
  await until(`${count} processes`, () => runs.every((run) => one.jobs.some((job) => job.run === run)))
  return runs
}

/** What goes wrong with a fleet on Redis and MongoDB, at the default TTL of 10 s; each tells how long it took. */
describe('a fleet on Redis and MongoDB', () => {
  beforeEach(skipUnlessWhole)

  test('a job that takes its workers down is stopped by max_failovers, and what another runs goes on', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    const { server } = fleet
    const file = join(server.folder, 'go-on')
    const calm = await fleet.joined('calm', { WORKER_QUEUES: 'calm' })
    const [other = ''] = await runningOn(fleet, calm, 'calm', untilFile(file), 1)
    const marks = join(server.folder, 'marks')
    const { run } = await server.submit(`echo $HYDRA_ATTEMPT >> ${marks}; exec sleep 600`, { max_failovers: 1 })
    const began = performance.now()
    for (const id of ['w1', 'w2']) {
      const one = await fleet.joined(id)
      await until('its process', () => one.jobs.some((job) => job.run === run))
      await one.end('SIGKILL')
      one.killSupervisor()
    }
    const over = await server.runIs(run)
    console.log(`max_failovers 1: two workers lost and the run is over after ${seconds(began)} s`)
    expect(over).toMatchObject({ status: 'failed', attempt: 2, failovers: 1, completion_reason: 'worker lost 2 times' })
    expect(over.attempts).toMatchObject([
      { worker_id: 'w1', outcome: 'lost' },
      { worker_id: 'w2', outcome: 'lost' },
    ])
    // One that comes now gets other work, and this never.
    await fleet.joined('w3')
    const { run: next } = await server.submit('true')
    expect(await server.runIs(next)).toMatchObject({ status: 'success', worker_id: 'w3' })
    expect(await server.run(run)).toEqual(over)
    expect(readFileSync(marks, 'utf8')).toBe('1\n2\n')
    writeFileSync(file, '')
    expect(await server.runIs(other)).toMatchObject({ status: 'success', attempt: 1, worker_id: 'calm' })
  })

  test.for(['is flushed', 'is killed and comes back empty'])(
    'Redis %s while jobs run: workers are known again, what runs is recorded, what waits is found, nothing runs twice',
    async (how, context) => {
      const stores = await openStores(context)
      const { redis } = stores
      const fleet = await fleetOn(context, stores)
      const servers = [fleet.server, await fleet.another()]
      const file = join(fleet.server.folder, 'go-on')
      const marks = join(fleet.server.folder, 'marks')
      const script = `echo $HYDRA_RUN_ID $HYDRA_ATTEMPT >> ${marks}; ${untilFile(file)}`
      const runs: string[] = []
      for (const queue of ['a', 'b']) {
        const one = await fleet.joined(queue, { WORKER_QUEUES: queue, MAX_CONCURRENCY: '2' })
        runs.push(...(await runningOn(fleet, one, queue, script, 2)))
        for (let n = 0; n < 3; n += 1) runs.push((await fleet.server.submit(script, { queue })).run)
      }
      if (how === 'is flushed') await redis.client.flushall()
      else {
        await redis.kill()
        await redis.run()
      }
      const lost = performance.now()
      const known = async () => (await redis.client.zcard('worker_heartbeats:prod').catch(() => 0)) === 2
      await until('both workers to be known again', known)
      const took = seconds(lost)
      const depth = async () => redis.client.zcard('job_queue:prod:pending')
      await until('what waits to be queued again', async () => (await depth()) === 6)
      console.log(`Redis ${how}: workers after ${took} s, the queue after ${seconds(lost)} s`)
      writeFileSync(file, '')
      for (const [n, run] of runs.entries())
        expect(await servers[n % 2]?.runIs(run)).toMatchObject({ status: 'success', attempt: 1, failovers: 0 })
      const seen = readFileSync(marks, 'utf8').trimEnd().split('\n').sort()
      expect(seen).toEqual(runs.map((run) => `${run} 1`).sort())
    },
  )

  test('an agent is killed and comes back within its lease: its jobs go on as if nothing had happened', async (context) => {
    const fleet = await fleetOn(context, await openStores(context))
    const file = join(fleet.server.folder, 'go-on')
    const one = await fleet.joined('w1', { WORKER_QUEUES: 'a', MAX_CONCURRENCY: '3' })
    const runs = await runningOn(fleet, one, 'a', untilFile(file), 3)
    const killed = performance.now()
    await one.end('SIGKILL')
    one.start()
    await until('its return', () => one.output.split('the worker is registered').length > 2)
    const took = (performance.now() - killed) / 1000
    console.log(`an agent is killed: registered again after ${took.toFixed(1)} s (lease 7 s)`)
    // Its last beat was up to 2 s before: on a machine that takes longer the lease may have ended, and the jobs with it.
    const isInTime = took < 4.5
    writeFileSync(file, '')
    for (const run of runs) {
      const over = await fleet.server.runIs(run)
      expect(over.status).toBe('success')
      if (isInTime) expect(over).toMatchObject({ attempt: 1, failovers: 0, stdout: 'begun\ndone\n' })
    }
  })
})
