import { Redis } from 'ioredis'
import { RedisBroker } from '../src/brokers/redis/redis.ts'
import { Affinity } from '../src/model/affinity.ts'
import { parseDefinition } from '../src/model/job.ts'
import type { WorkerCard } from '../src/model/session.ts'
import type { Reservation, Waiting } from '../src/ports/broker.ts'
import type { Grant } from '../src/ports/link.ts'
import { silentLog } from '../src/runtime/log.ts'
import { percentile } from './load.ts'
import { card, openBench, runsPerSecond } from './orchestration.ts'

/** Beside the functions: a script that touches no key and takes so long. What of it looks slower, the machine was. µs */
const yardstick = 250
const yardstickMark = 'a bare loop of 250'
const loop = 'local sum = 0; for step = 1, tonumber(ARGV[1]) do sum = sum + step end; return sum'

/** Longer calls are noted one by one, µs: if all were, so would be each command within a function. */
const noted = 200
/** Nothing may hold Redis for longer, µs. */
const most = 1000
const makes = 10
const workers = 100
/** Half of what waits has its own user, and so its own class. */
const shared = 8

const waiting = (at: number, now: number): Waiting => ({
  run_id: `0193-${String(at).padStart(9, '0')}`,
  job_id: `job-${at}`,
  domain: 'prod',
  name: `job ${at}`,
  priority: at % 5,
  scheduled_ts: now + at,
  need: {
    queue: 'default',
    user: at % 2 === 0 ? `user-${at}` : `user-${at % shared}`,
    executor_type: 'shell',
    affinity: Affinity.parse(at % shared === 1 ? { tags: ['gpu'] } : {}),
  },
})

const worker = (at: number): WorkerCard => ({
  ...card,
  worker_id: `w${at}`,
  max_concurrency: 16,
  tags: [`make-${at % makes}`],
  hostname: `host-${at}`,
  ip: `10.0.0.${at}`,
})

function grantOf({ waiting: { run_id, job_id, domain }, slot }: Reservation): Grant {
  const { definition } = parseDefinition({ name: 'x', executor: { type: 'shell', script: 'true' } })
  if (definition === null) throw new Error('the definition is wrong')
  return {
    ...{ run_id, job_id, domain, slot, definition, token: 1, grant: 'g', attempt: 1, scheduled_ts: 0, log_limit: 1 },
  }
}

/** The pace with a queue in Redis beside one in memory, and what its functions cost Redis while many runs wait. */
export async function redis(count: number): Promise<void> {
  const given = process.env.REDIS_TEST_URL
  if (!given) throw new Error('REDIS_TEST_URL must name a Redis that may be filled: its database 10 is emptied.')
  const url = new URL(given)
  url.pathname = '/10'
  const client = new Redis(url.href)
  await client.flushdb()
  await paces(url.href)
  await client.flushdb()
  await functions(client, url.href, count)
  await client.flushdb()
  client.disconnect()
}

/** The control plane without HTTP or processes, with each broker in turn. */
async function paces(url: string): Promise<void> {
  const found = new Map<string, number[]>()
  for (let round = 0; round < 3; round += 1)
    for (const [name, broker] of Object.entries({ memory: 'memory:', Redis: url })) {
      const { plane, close } = await openBench(undefined, broker)
      await runsPerSecond(plane, 1000, 64)
      found.set(name, [...(found.get(name) ?? []), await runsPerSecond(plane, 5000, 64)])
      await close()
    }
  for (const [name, paces] of found)
    console.log(
      `null executor, in process, 64 under way, queue in ${name}: ${percentile(paces, 50).toFixed(0)} runs a second`,
    )
}

/** What each function costs while many runs wait, half of them of a class of their own, and the slowest call of each. */
async function functions(redis: Redis, url: string, count: number): Promise<void> {
  await redis.config('SET', 'slowlog-log-slower-than', String(noted))
  await redis.config('SET', 'slowlog-max-len', '100000')
  await redis.slowlog('RESET')
  await redis.config('RESETSTAT')
  const broker = await RedisBroker.open(url, silentLog)
  try {
    const now = Date.now()
    for (let at = 0; at < workers; at += 1)
      await broker.admit({ card: worker(at), session: `s${at}`, state: 'online' }, [], now)
    const steps = await stepsThatTake(redis, yardstick)
    const measure = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await redis.eval(loop, 0, steps, yardstickMark)
    }
    for (let at = 0; at < count; at += 500) {
      await broker.enqueue(Array.from({ length: 500 }, (_, n) => waiting(at + n, now)))
      await measure(10)
    }
    await turns(broker, 100, now, () => measure(20))
    await looks(broker, now)
    await changes(broker, count, now)
    await report(redis)
  } finally {
    await broker.close()
  }
}

/** Slots come free and are given away again. */
async function turns(broker: RedisBroker, count: number, now: number, beside: () => Promise<void>): Promise<void> {
  const never = new AbortController().signal
  for (let turn = 0; turn < count; turn += 1) {
    const made = await broker.reserve(64, now)
    await broker.giveUp(made.slice(0, 2), true)
    await broker.give(made.slice(2).map((reservation) => ({ reservation, grant: grantOf(reservation) })))
    for (const [id, theirs] of Map.groupBy(made.slice(2), ({ worker_id }) => worker_id)) {
      const session = `s${id.slice(1)}`
      await broker.claim('prod', id, session, theirs.length, never)
      await broker.renew('prod', id, session, now + turn)
      await broker.release(
        'prod',
        id,
        theirs.map(({ waiting: { run_id } }) => ({ run_id, token: 1 })),
      )
    }
    await beside()
  }
}

async function looks(broker: RedisBroker, now: number): Promise<void> {
  for (let at = 0; at < 20; at += 1) {
    await broker.waiting('prod', 1000)
    await broker.depth(null)
    await broker.unknown(
      'prod',
      Array.from({ length: 500 }, (_, n) => waiting(at * 500 + n, now).run_id),
    )
    await broker.workers(null)
    await broker.heartbeats()
    await broker.lapse(now)
  }
}

/** A worker of a new make, which all classes are held against; cancels; runs that find a free slot at once. */
async function changes(broker: RedisBroker, count: number, now: number): Promise<void> {
  await broker.admit({ card: worker(makes - 1), session: 'again', state: 'online' }, [], now)
  const other = { ...worker(1000), queues: ['default', 'rare'] }
  await broker.admit({ card: other, session: 'other', state: 'online' }, [], now)
  for (let at = 0; at < 500; at += 1) {
    const one = { ...waiting(count + at, now), priority: 1000 }
    const made = await broker.reserveFor({ ...one, need: { ...one.need, queue: 'rare' } }, now)
    if (made) await broker.giveUp([made], false)
  }
  await broker.dismiss('prod', 'w1000', 'other')
  for (let at = 0; at < 20; at += 1) await broker.lapse(now)
  await broker.withdraw(
    'prod',
    Array.from({ length: 1000 }, (_, at) => waiting(count - 1 - at, now).run_id),
  )
}

/** Steps of the loop that take Redis so long here. @param time µs */
async function stepsThatTake(redis: Redis, time: number): Promise<number> {
  const steps = 200_000
  const took: number[] = []
  for (let n = 0; n < 20; n += 1) {
    await redis.slowlog('RESET')
    await redis.eval(loop, 0, steps, yardstickMark)
    for (const call of await calls(redis)) if (call.name === yardstickMark) took.push(call.took)
  }
  await redis.slowlog('RESET')
  return Math.round((steps * time) / percentile(took, 50))
}

/** What took Redis longer than `noted`, by its own clock, µs. */
async function calls(redis: Redis): Promise<readonly { readonly name: string; readonly took: number }[]> {
  const log = await redis.slowlog('GET', 100_000)
  return (Array.isArray(log) ? log : []).flatMap((entry) => {
    if (!Array.isArray(entry) || !Array.isArray(entry[3])) return []
    const [took, [command = '', first = '', , , mark = '']] = [Number(entry[2]), entry[3].map(String)]
    if (command === 'eval') return mark === yardstickMark ? [{ name: mark, took }] : []
    if (command === 'fcall') return [{ name: first, took }]
    return ['hscan', 'zrange', 'zcard'].includes(command) ? [{ name: command, took }] : []
  })
}

async function report(redis: Redis): Promise<void> {
  const stats = await redis.info('commandstats')
  const count = (command: string): number => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  const all = await calls(redis)
  const isOver = ({ took }: { readonly took: number }): boolean => took > most
  const loops = all.filter(({ name }) => name === yardstickMark)
  const others = all.filter(({ name }) => name !== yardstickMark)
  const part = (over: number, of: number): string => `${over} of ${of} (${((100 * over) / of).toFixed(2)} %)`
  console.log(
    `over ${most} µs: of the functions' calls ${part(others.filter(isOver).length, count('fcall'))}; of bare loops of ${yardstick} µs beside them ${part(loops.filter(isOver).length, count('eval'))}`,
  )
  const byName = [...Map.groupBy(all, ({ name }) => name)].map(([name, its]) => {
    return { name, worst: Math.max(...its.map(({ took }) => took)), over: its.filter(isOver).length }
  })
  for (const { name, worst, over } of byName.sort((one, other) => other.worst - one.worst))
    console.log(
      `${over > 0 && name !== yardstickMark ? '! ' : '  '}${name.padEnd(26)} slowest ${worst} µs, ${over} over ${most}`,
    )
}
