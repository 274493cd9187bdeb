import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Metrics } from '../../src/runtime/metrics.ts'
import { aChunk } from '../builders.ts'
import { Api, type Operation } from './fuzz/document.ts'
import { Asker, fault, type Reply } from './fuzz/judge.ts'
import { type Plan, requests, urlOf } from './fuzz/requests.ts'
import { Seat } from './fuzz/seat.ts'
import { fuzz, fuzzTimeout } from './fuzz/settings.ts'
import { adminToken, aJob, aPausedJob, Service } from './harness.ts'

let service: Service
let api: Api
let asker: Asker
let domainToken: string
let seat: Seat
const known = new Map<string, string[]>()

beforeAll(async () => {
  service = await Service.open({}, new Metrics())
  asker = new Asker(await service.server.listen())
  api = await Api.of(service)
  domainToken = await service.domain('a')
  await service.domain('b')
  seat = new Seat(service, domainToken)
  for (const name of ['prod', 'a', 'b']) learn('domains', name)
  await someHistory()
})
afterAll(async () => {
  asker.close()
  await service.close()
})

/** Jobs of each schedule, and runs that wait, run, and ended with output. */
async function someHistory(): Promise<void> {
  const worker = await service.world.worker()
  for (const token of [adminToken, domainToken]) {
    for (const schedule of [{ mode: 'cron', cron: '0 8 * * *', timezone: 'Europe/Berlin' }, { enabled: false }])
      take((await service.post('/jobs/', aPausedJob({ schedule }), { token })).json)
    for (let n = 0; n < 6; n += 1) take((await service.post('/jobs/', aJob(), { token })).json)
  }
  for (const run of (await service.get('/runs/')).list) learn('runs', String(run._id))
  for (const { worker_id } of (await service.get('/workers/')).list) learn('workers', String(worker_id))
  const grants = await worker.claim(4)
  for (const [at, grant] of grants.entries()) {
    await service.world.store.logs.append([aChunk({ run_id: grant.run_id, text: 'a line\nanother ü\n' })])
    if (at % 2 === 0) await worker.start(grant)
    else await worker.end(grant, 'exit', at === 1 ? 0 : 3)
  }
}

function learn(kind: string, id: string): void {
  const ids = known.get(kind) ?? []
  known.set(kind, ids)
  if (ids.length < 300 && !ids.includes(id)) ids.push(id)
}

/** Remembers what an answer says that there is. */
function take(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) return
  const seen: { _id?: unknown; executor?: unknown; run_id?: unknown; id?: unknown; token?: unknown } = answer
  if (typeof seen._id === 'string') learn(seen.executor === undefined ? 'runs' : 'jobs', seen._id)
  if (typeof seen.run_id === 'string') learn('runs', seen.run_id)
  if (typeof seen.id === 'string' && typeof seen.token === 'string') learn('tokens', seen.id)
}

const tokens: Record<Plan['token'], () => Record<string, string>> = {
  admin: () => ({ 'x-api-key': adminToken }),
  domain: () => ({ authorization: `Bearer ${domainToken}` }),
  none: () => ({}),
  odd: () => ({ authorization: 'Bearer \x80 \xff', 'x-api-key': 'null' }),
}

async function send(operation: Operation, plan: Plan): Promise<Reply> {
  const headers = { ...tokens[plan.token](), ...plan.headers }
  const body = plan.body?.includes('@') ? Buffer.from(seat.fill(plan.body.toString('utf8'))) : plan.body
  return asker.ask(plan.method, urlOf(operation, plan, known), headers, body)
}

async function judged(operation: Operation, plan: Plan): Promise<string | null> {
  try {
    const reply = await send(operation, plan)
    take(reply.json)
    return fault(operation, plan.method, reply)
  } catch (error) {
    // A worker may have lied about the length of its log: who reads it is cut off, and does not wait for the rest.
    const isCut = operation.path === '/runs/{id}/log' && error instanceof Error && error.message === 'aborted'
    return isCut ? null : String(error)
  }
}

/** The first fault that is found in an operation, with the smallest request that shows it; null where there is none. */
async function faultOf(operation: Operation): Promise<string | null> {
  const property = fc.asyncProperty(requests(api, operation), async (plan) => {
    const found = await judged(operation, plan)
    if (found !== null) throw new Error(`${plan.method} ${urlOf(operation, plan, known).slice(0, 300)}: ${found}`)
  })
  const { failed, counterexample, errorInstance } = await fc.check(property, { seed: fuzz.seed, numRuns: fuzz.runs })
  if (!failed) return null
  const [plan] = counterexample ?? []
  const shown = JSON.stringify(plan, (key, value) => (key === 'body' && value ? Buffer.from(value).toString() : value))
  return `${operation.name}: ${errorInstance} by ${shown?.slice(0, 3000)}`
}

/** What the requests of an operation rest on is there again, whatever those before have done. */
async function prepare(operation: Operation): Promise<void> {
  await service.put('/admin/domains/a', { token: domainToken })
  if (operation.path.startsWith('/link/')) await seat.take(fuzz.runs)
}

const deletes = ({ method }: Operation): number => Number(method === 'DELETE')

test(
  'no request to any route of the description, however odd, is answered by a failure, in silence, or off the contract',
  async () => {
    console.log(`FUZZ_SEED=${fuzz.seed} FUZZ_RUNS=${fuzz.runs}`)
    const chosen = api.operations.filter(({ name }) => name.includes(fuzz.only))
    expect(chosen).not.toEqual([])
    const faults: string[] = []
    // What deletes comes last: the others need something to be asked for.
    for (const operation of chosen.sort((one, other) => deletes(one) - deletes(other))) {
      await prepare(operation)
      const found = await faultOf(operation)
      if (found !== null) faults.push(found)
    }
    expect(faults, `FUZZ_SEED=${fuzz.seed}`).toEqual([])
    const failures = service.lines.filter(({ message }) => message.includes('unexpectedly'))
    expect(failures).toEqual([])
  },
  fuzzTimeout,
)

test(
  'what was stored by all this can be read: every list and every view of each thing answers',
  async () => {
    const faults: string[] = []
    for (const operation of api.operations.filter(({ method }) => method === 'GET')) {
      const parameters = operation.path.match(/\{\w+\}/g)?.length ?? 0
      const plans = Array.from({ length: parameters === 0 ? 1 : 60 }, (_, n): Plan => {
        const ids = Array.from({ length: parameters }, () => n)
        return { token: 'admin', method: 'GET', ids, query: [], headers: {}, body: null }
      })
      for (const plan of plans) {
        const found = await judged(operation, plan)
        if (found !== null) faults.push(`${urlOf(operation, plan, known)}: ${found}`)
      }
      if (parameters === 0 && !/stream|ready/.test(operation.path)) faults.push(...(await faultsOfPages(operation)))
    }
    expect(faults, `after FUZZ_SEED=${fuzz.seed}`).toEqual([])
  },
  fuzzTimeout,
)

/** Every page of a list. */
async function faultsOfPages(operation: Operation): Promise<readonly string[]> {
  const faults: string[] = []
  const first = operation.path === '/logs/search' ? '/logs/search?q=a' : operation.path
  for (let path: string | undefined = first; path !== undefined; ) {
    const reply = await asker.ask('GET', path, tokens.admin(), null)
    const found = fault(operation, 'GET', reply)
    if (found !== null || reply.status !== 200) faults.push(`${path}: ${found ?? reply.status}`)
    path = /<([^>]+)>; rel="next"/.exec(String(reply.headers.link))?.[1]
  }
  return faults
}
