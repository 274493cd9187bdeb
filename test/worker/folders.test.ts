import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HydraError } from '../../src/model/errors.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { killOwner } from '../../src/supervisor/client.ts'
import { FakeLink } from '../../src/worker/link.fixture.ts'
import { aGrant } from '../../src/worker/notes.fixture.ts'
import { lookAround, type Surroundings } from '../../src/worker/surroundings.ts'
import { Worker } from '../../src/worker/worker.ts'

let dataDir = ''
const workers: Worker[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hydra-'))
})
afterEach(async () => {
  const ids = workers.map(({ workerId }) => workerId)
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ now: true })))
  for (const id of ids) if (id !== null) killOwner(join(dataDir, 'workers', id))
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
})

function aWorker(link: FakeLink, workerId: string | null = null, around?: Surroundings): Worker {
  const worker = new Worker({
    link,
    config: {
      workerId,
      tags: [],
      autoTags: around !== undefined,
      allowedUsers: [],
      queues: ['default'],
      maxConcurrency: 2,
      initialState: 'online',
      deploymentType: 'docker',
      jobWorkdir: 'own',
    },
    dataDir,
    domain: 'prod',
    ttl: null,
    baseEnvironment: { PATH: process.env.PATH ?? '' },
    drainSeconds: 0,
    version: '1.2.3',
    log: silentLog,
    ...(around && { around }),
  })
  workers.push(worker)
  return worker
}

test('a worker has its id, its secret and its journal from its folder, life after life', async () => {
  const link = new FakeLink()
  const first = aWorker(link)
  await first.start()
  await first.stop()
  await aWorker(link).start()
  const [one, other] = link.cards
  expect(other?.card.worker_id).toBe(one?.card.worker_id)
  expect(other?.secret).toBe(one?.secret)
})

test('the runtimes that a worker found are its tags again after a restart, until all have answered anew', async () => {
  const link = new FakeLink()
  const seen = lookAround({ baseEnvironment: {}, autoTags: false }, async () => null)
  const first = aWorker(link, 'w1', { ...seen, runtimes: Promise.resolve(['uv', 'container']) })
  await first.start()
  await first.stop()
  const runtimes = Promise.withResolvers<readonly string[]>()
  await aWorker(link, 'w1', { ...seen, runtimes: runtimes.promise }).start()
  expect(link.cards.map(({ card }) => card.tags)).toEqual([
    ['uv', 'container'],
    ['uv', 'container'],
  ])
  runtimes.resolve(['uv'])
  await link.until(() => link.cards.at(-1)?.card.tags.length === 1)
})

test('two workers of one data directory are two, each with a supervisor of its own', async () => {
  const [first, second] = [aWorker(new FakeLink()), aWorker(new FakeLink())]
  await Promise.all([first.start(), second.start()])
  expect(first.workerId).not.toBe(second.workerId)
  expect(first.supervisorPid).not.toBe(second.supervisorPid)
})

test('an id that is in use is refused, and who has it goes on undisturbed', async () => {
  const link = new FakeLink()
  const first = aWorker(link, 'w1')
  await first.start()
  await expect(aWorker(new FakeLink(), 'w1').start()).rejects.toThrow(
    'Another process on this machine is the worker w1',
  )
  link.give(aGrant({ script: 'echo done' }))
  await link.until(() => link.ends.has('r1'))
  expect(link.output.get('r1')).toBe('done\n')
})

test('a worker that the control plane refuses leaves its folder to the next', async () => {
  const link = new FakeLink()
  link.outage = new HydraError('NOT_FOUND', 'There is no domain prod.')
  await expect(aWorker(link, 'w1').start()).rejects.toThrow('There is no domain prod.')
  link.outage = null
  await aWorker(link, 'w1').start()
  expect(link.cards).toHaveLength(1)
})

test('a worker that is stopped while it starts is gone, and its start says why', async () => {
  const link = new FakeLink()
  link.outage = new Error('connection refused')
  const worker = aWorker(link, 'w1')
  const starting = worker.start()
  starting.catch(() => {})
  await worker.stop()
  await expect(starting).rejects.toThrow('stopping')
  link.outage = null
  await aWorker(link, 'w1').start()
})
