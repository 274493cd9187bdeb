import { spawn } from 'node:child_process'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { BenchedFleet, openStores, pause, type Stores } from './fleet-processes.ts'
import { percentile } from './load.ts'
import { bareSpawns } from './pace.ts'
import { call, makeJob, realRuns } from './runs.ts'

/** What a POST may take until the process of its run starts, ms at the median. */
const most = 10
const slots = 8
/** Submissions before the first that is measured: a fleet that serves has been up for a while, its code is compiled. */
const warm = 200
/** The time of the process's own first instruction, ns. */
const mark = { script: 'date +%s%N', shell: 'sh' }
/** Nothing is asked of the servers meanwhile: on two cores the question would be measured with the run. ms */
const quiet = 40

const now = (): number => performance.timeOrigin + performance.now()
const show = (name: string, value: string): void => console.log(`${name.padEnd(66)} ${value}`)
const ms = (times: readonly number[]): string =>
  `p50 ${percentile(times, 50).toFixed(1)} ms, p95 ${percentile(times, 95).toFixed(1)} ms`

/** A fleet as its users start it: a scheduler and one, two and four workers, on Redis and MongoDB. */
export async function fleet(count: number): Promise<void> {
  const stores = await openStores()
  try {
    console.log(`${stores.names}; one scheduler, ${slots} slots a worker`)
    await warmUp(stores)
    for (const workers of [1, 2, 4]) await measure(stores, workers, count)
  } finally {
    await stores.end()
  }
}

/** A server that runs on a virtual machine of Java, as the one that stands in for MongoDB does, is several times as slow at first. */
async function warmUp(stores: Stores): Promise<void> {
  const one = await BenchedFleet.start(stores, 1, slots)
  try {
    await latencies(one.port, warm)
    const job = await makeJob(one.port, { type: 'shell', script: 'true', shell: 'sh' })
    for (let n = 0; n < 4; n += 1) await realRuns(one.port, job, 400)
  } finally {
    await one.end()
  }
}

async function measure(stores: Stores, workers: number, count: number): Promise<void> {
  const limits = await floor(stores, 100)
  const one = await BenchedFleet.start(stores, workers, slots)
  try {
    await latencies(one.port, warm)
    const { toMark, toSpawn } = await latencies(one.port, count)
    console.log(`\n${workers} worker${workers > 1 ? 's' : ''}`)
    const isOver = percentile(toSpawn, 50) > most
    show(`${isOver ? '!' : ' '} POST → its process is started (the supervisor's own time)`, ms(toSpawn))
    show("  POST → the job's own first instruction tells the time", ms(toMark))
    show('  at least: a spawn of the same, to the same mark', ms(limits.spawn))
    show('            a round trip to Redis', ms(limits.redis))
    show('            a majority write of MongoDB', ms(limits.mongo))
    await burst(one.port, stores, 400)
  } finally {
    await one.end()
  }
}

/** ms from the moment before the POST, one at a time: to the spawn (whole ms), and to the job's own mark. */
async function latencies(port: number, count: number): Promise<{ toMark: number[]; toSpawn: number[] }> {
  const [toMark, toSpawn]: [number[], number[]] = [[], []]
  for (let at = 0; at < count; at += 1) {
    const asked = now()
    const { _id } = await call(port, 'POST', '/jobs/', { name: 'latency', executor: { type: 'shell', ...mark } })
    for (let found: RegExpExecArray | null = null; found === null; ) {
      await pause(quiet)
      const [run] = Object.values(await call(port, 'GET', `/jobs/${_id}/runs`))
      const text = JSON.stringify(run)
      found = /"stdout":"(\d{13,})/.exec(text)
      if (found === null) continue
      toMark.push(Number(found[1]) / 1e6 - asked)
      toSpawn.push(Date.parse(/"start_ts":"([^"]+)"/.exec(text)?.[1] ?? '') - asked)
    }
  }
  return { toMark, toSpawn }
}

/** What nobody can be faster than: in the same minute, with nothing else under way. */
async function floor({ redis, mongo, database }: Stores, count: number) {
  const client = new Redis(redis)
  const documents = new MongoClient(mongo, { writeConcern: { w: 'majority', journal: true } })
  const floor = documents.db(`${database}_floor`).collection('runs')
  const times = async (one: () => Promise<number>): Promise<number[]> => {
    const all: number[] = []
    for (let at = 0; at < count; at += 1) all.push(await one())
    return all.slice(count / 10)
  }
  const taken = async (act: () => Promise<unknown>): Promise<number> => {
    const begin = performance.now()
    await act()
    return performance.now() - begin
  }
  try {
    return {
      redis: await times(() => taken(() => client.ping())),
      mongo: await times(() => taken(() => floor.insertOne({ at: Date.now(), text: 'x'.repeat(1000) }))),
      spawn: await times(spawned),
    }
  } finally {
    await documents.db(`${database}_floor`).dropDatabase()
    await documents.close()
    client.disconnect()
  }
}

/** ms until a bare child tells the time. */
function spawned(): Promise<number> {
  return new Promise((resolve) => {
    const asked = now()
    const child = spawn('/bin/sh', ['-c', mark.script, 'sh'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let said = ''
    child.stdout.on('data', (text) => (said += String(text)))
    child.stderr.resume()
    child.once('close', () => resolve(Number(said) / 1e6 - asked))
  })
}

/** Runs a second, submitted as fast as they are accepted; beside it what the parts give by themselves. */
async function burst(port: number, stores: Stores, count: number): Promise<void> {
  const job = await makeJob(port, { type: 'shell', script: 'true', shell: 'sh' })
  await realRuns(port, job, 100)
  const paces = [await realRuns(port, job, count), await realRuns(port, job, count)]
  show(`  runs a second, ${count} at once`, paces.map((pace) => pace.toFixed(0)).join(' and '))
  show('  beside: bare spawns a second', (await bareSpawns(400, slots)).toFixed(0))
  show('          documents inserted and changed three times, a second', (await fourWrites(stores, count)).toFixed(0))
}

/** A run is four writes of one document, at least: given out, started, ended, counted. One by one, 24 under way. */
async function fourWrites({ mongo, database }: Stores, count: number): Promise<number> {
  const client = new MongoClient(mongo, { writeConcern: { w: 'majority', journal: true } })
  const runs = client.db(`${database}_floor`).collection<{ _id: number; rev: number }>('runs')
  let left = count
  const begin = performance.now()
  const one = async (): Promise<void> => {
    for (let _id = left--; _id > 0; _id = left--) {
      await runs.insertOne({ _id, rev: 0 })
      for (let rev = 0; rev < 3; rev += 1) await runs.updateOne({ _id, rev }, { $set: { rev: rev + 1 } })
    }
  }
  await Promise.all(Array.from({ length: 24 }, one))
  const pace = (count / (performance.now() - begin)) * 1000
  await client.db(`${database}_floor`).dropDatabase()
  await client.close()
  return pace
}
