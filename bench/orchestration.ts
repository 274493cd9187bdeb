import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { openBroker } from '../src/brokers/open.ts'
import { Completion } from '../src/model/completion.ts'
import { nothingSeen } from '../src/model/completion-rules.ts'
import { noOutput } from '../src/model/run.ts'
import type { WorkerCard } from '../src/model/session.ts'
import { type Meter, noMeter } from '../src/model/vitals.ts'
import type { Grant, Report } from '../src/ports/link.ts'
import { silentLog } from '../src/runtime/log.ts'
import { ControlPlane } from '../src/scheduler/control-plane.ts'
import type { Scope } from '../src/scheduler/scope.ts'
import { openStore } from '../src/stores/open.ts'

/** The admin, as the services see it. */
export const admin: Scope = { domain: null, home: 'prod', actor: 'bench' }

/** A worker of the benchmarks. */
export const card: WorkerCard = {
  domain: 'prod',
  worker_id: 'null',
  max_concurrency: 64,
  kill_level: 'none',
  run_user: '',
  cpu_count: 1,
  python_version: null,
  cwd: '/',
  version: '0',
  ttl: null,
  first_state: 'online',
  os: 'linux',
  tags: [],
  allowed_users: [],
  queues: ['default'],
  hostname: 'bench',
  ip: '127.0.0.1',
  subnet: '127.0.0',
  deployment_type: 'bench',
  capabilities: ['shell', 'external'],
}
const seen = nothingSeen(Completion.parse({}))

/**
 * A control plane over a store of its own, and a worker whose jobs end the moment they are claimed. The store is SQLite in
 * a temporary folder, or, with MONGO_URL, a database there that is dropped at the end.
 */
export async function openBench(
  meter: Meter = noMeter,
  brokerUrl = 'memory:',
): Promise<{ plane: ControlPlane; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  const mongo = process.env.MONGO_URL ? { url: process.env.MONGO_URL, database: `hydra_bench_${Date.now()}` } : null
  const store = await openStore(mongo?.url ?? `sqlite:${folder}`, mongo ?? {})
  const config = {
    logLimit: 1e6,
    heartbeatTtl: 10_000,
    adminToken: 'bench',
    adminDomain: 'admin',
    defaultDomain: 'prod',
  }
  const { broker } = await openBroker(brokerUrl, silentLog)
  const plane = new ControlPlane({ store, broker, config, log: silentLog, meter })
  await plane.start()
  const { session } = await plane.desk.register(card, 'secret')
  const ended = new AbortController()
  const working = work(plane, session, ended.signal)
  const close = async (): Promise<void> => {
    ended.abort()
    await working
    await plane.stop()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
    if (mongo === null) return
    const client = new MongoClient(mongo.url)
    await client.db(mongo.database).dropDatabase()
    await client.close()
  }
  return { plane, close }
}

async function work(plane: ControlPlane, session: string, signal: AbortSignal): Promise<void> {
  const reporting = new Set<Promise<unknown>>()
  while (!signal.aborted) {
    const grants = await plane.desk.claim(session, 64, signal)
    const told = plane.desk.report(session, grants.map(nullReport)).finally(() => reporting.delete(told))
    reporting.add(told)
  }
  await Promise.all(reporting)
}

function nullReport({ run_id, token, attempt }: Grant): Report {
  const now = Date.now()
  const ended = { cause: 'exit' as const, returncode: 0, end_ts: now, reason: '', seen, output: noOutput, last_seq: 0 }
  return { run_id, token, attempt, start_ts: now, chunks: [], never_started: false, ended }
}

/** Runs of one job per second, submitted by `atATime` callers that each wait for their run's end. */
export async function runsPerSecond(plane: ControlPlane, count: number, atATime: number): Promise<number> {
  const { job } = await plane.jobs.submit(
    admin,
    { name: 'null', executor: { type: 'shell', script: 'true' }, schedule: { enabled: false } },
    { adhoc: false, ids: null },
  )
  const waiting = new Map<string, () => void>()
  let after = plane.hub.tip('prod')
  const stop = plane.hub.watch('prod', () => {
    for (
      let page = plane.hub.read('prod', after, 5000);
      page.events.length > 0;
      page = plane.hub.read('prod', after, 5000)
    ) {
      after = page.events.at(-1)?.id ?? after
      for (const { event } of page.events)
        if (event.type === 'run_finished') waiting.get(event.payload.run_id ?? '')?.()
    }
  })
  let left = count
  const begin = performance.now()
  const submitter = async (): Promise<void> => {
    while (left-- > 0) {
      const { run_id } = await plane.jobs.run(admin, job._id, { ids: null })
      await new Promise<void>((resolve) => waiting.set(run_id, resolve))
      waiting.delete(run_id)
    }
  }
  await Promise.all(Array.from({ length: atATime }, submitter))
  const seconds = (performance.now() - begin) / 1000
  stop()
  return count / seconds
}

if (import.meta.main) {
  const { plane, close } = await openBench()
  await runsPerSecond(plane, 2000, 64)
  for (const atATime of [1, 16, 64])
    console.log(
      `null executor, in process, ${atATime} at a time: ${Math.round(await runsPerSecond(plane, atATime === 1 ? 2000 : 20_000, atATime))} runs/s`,
    )
  await close()
}
