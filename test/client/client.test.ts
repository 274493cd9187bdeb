import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ApiError, HydraClient, UnreachableError } from '../../src/client/index.ts'
import { AuditDocument } from '../../src/model/wire/audit.ts'
import { GanttDocument, GraphDocument, GridDocument } from '../../src/model/wire/charts.ts'
import { DomainAnswer, DomainDocument } from '../../src/model/wire/domain.ts'
import { HealthDocument } from '../../src/model/wire/health.ts'
import {
  DeletedDocument,
  JobDocument,
  QueuedDocument,
  VerdictDocument,
  VersionDocument,
} from '../../src/model/wire/job.ts'
import { LogHitsDocument, LogLinesDocument, RunHitDocument } from '../../src/model/wire/log.ts'
import { OverviewDocument, QueueDocument } from '../../src/model/wire/queue.ts'
import { ExplanationDocument, RunDocument, RunWithAttempts } from '../../src/model/wire/run.ts'
import { PreviewDocument, TickDocument } from '../../src/model/wire/schedule.ts'
import { StatsDocument } from '../../src/model/wire/stats.ts'
import { TokenAnswer, TokenDocument } from '../../src/model/wire/token.ts'
import { WorkerDocument } from '../../src/model/wire/worker.ts'
import { aChunk } from '../builders.ts'
import { adminToken, Service } from '../http/harness.ts'
import { CuttingProxy } from './proxy.ts'

let service: Service
let server: string
let client: HydraClient
beforeAll(async () => {
  service = await Service.open()
  server = await service.server.listen()
  client = new HydraClient({ server, token: adminToken })
})
afterAll(() => service.close())

const waits = { name: 'waits', queue: 'nobody', executor: { type: 'shell', script: 'true' } } as const
async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of list) found.push(one)
  return found
}

async function waitingRun(): Promise<string> {
  const { _id } = await client.jobs.create(waits)
  const [run] = await all(client.jobs.runs(_id))
  return run?._id ?? ''
}

/** Its error, where it has one. */
const refusal = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => null,
    (error: unknown) => error,
  )

test('every answer is what its type says', async () => {
  const fits = (schema: z.ZodType, answer: unknown): void => expect(schema.safeParse(answer).error).toBeUndefined()
  await service.world.worker({ worker_id: 'idle', queues: ['none'] })
  const job = await client.jobs.create(waits)
  fits(JobDocument, job)
  fits(JobDocument, await client.jobs.adhoc(waits))
  fits(JobDocument, await client.jobs.update(job._id, { retries: 1 }))
  fits(JobDocument, await client.jobs.get(job._id))
  fits(VerdictDocument, await client.jobs.validate({ name: '' }))
  fits(VerdictDocument, await client.jobs.validateStored(job._id, { retries: 2 }))
  const queued = await client.jobs.run(job._id)
  fits(QueuedDocument, queued)
  const [overview] = await all(client.jobs.overview({ job_id: job._id }))
  fits(OverviewDocument, overview)
  const [tick] = await all(client.jobs.ticks(job._id, { outcome: 'run' }))
  fits(TickDocument, tick)
  const [version] = await all(client.jobs.versions(job._id, { limit: 1 }))
  fits(VersionDocument, version)
  const [deed] = await all(client.audit({ object: job._id, order: 'asc', limit: 1 }))
  fits(AuditDocument, deed)
  fits(GridDocument, await client.jobs.grid(job._id))
  fits(GanttDocument, await client.jobs.gantt(job._id))
  fits(GraphDocument, await client.jobs.graph(job._id))
  const [run] = await all(client.runs.list({ job_id: job._id, status: ['pending'] }))
  fits(RunDocument, run)
  fits(ExplanationDocument, await client.runs.explain(queued.run_id))
  fits(RunWithAttempts, await client.runs.cancel(queued.run_id))
  const retried = await client.runs.retry(queued.run_id, { changes: { timeout: 7, executor: { env: { A: '1' } } } })
  fits(QueuedDocument, retried)
  expect(await client.runs.get(retried.run_id)).toMatchObject({ retry_of: queued.run_id, changes: { timeout: 7 } })
  const [listed] = await all(client.workers.list())
  fits(WorkerDocument, listed)
  expect(await client.workers.setState('idle', 'draining')).toEqual({ ok: true, state: 'draining' })
  fits(QueueDocument, await client.queue())
  fits(StatsDocument, await client.stats({ bucket: '1h' }))
  fits(PreviewDocument, await client.preview({ mode: 'interval', interval_seconds: 60 }, 2))
  fits(HealthDocument, await client.health())
  expect((await client.ready()).ready).toBe(true)
  fits(DomainAnswer, await client.domains.create('team', { display_name: 'A team' }))
  fits(DomainAnswer, await client.domains.change('team', { description: 'of two' }))
  fits(DomainAnswer, await client.domains.rotate('team', 60))
  const made = await client.tokens.create('team', { name: 'board', role: 'read', expires_at: '2099-01-01' })
  fits(TokenAnswer, made)
  const tokens = await all(client.tokens.list('team'))
  expect(tokens.map(({ name, role }) => `${name} ${role}`)).toContain('board read')
  for (const token of tokens) fits(TokenDocument, token)
  expect(await client.tokens.remove('team', made.id)).toEqual({ ok: true })
  fits(
    DomainDocument,
    (await client.domains.list()).find(({ domain }) => domain === 'team'),
  )
  expect(await client.domains.remove('team')).toEqual({ ok: true })
  const worker = await service.world.worker({ worker_id: 'writes', queues: ['written'] })
  const written = await client.jobs.create({ ...waits, queue: 'written' })
  const grant = await worker.one()
  await worker.start(grant)
  await service.world.store.logs.append([aChunk({ run_id: grant.run_id, text: 'a needle\nhay\n' })])
  fits(LogLinesDocument, await client.logs.lines(grant.run_id, { from: -1 }))
  fits(LogHitsDocument, await client.logs.search(grant.run_id, { q: 'NEEDLE' }))
  const hits = await all(client.logs.searchAll({ q: 'needle', job_id: written._id }))
  expect(hits).toHaveLength(1)
  for (const hit of hits) fits(RunHitDocument, hit)
  fits(DeletedDocument, await client.jobs.remove(job._id))
})

test('a list is read page by page, in its order, and by an admin in one domain', async () => {
  await client.domains.create('pages')
  const mine = new HydraClient({ server, token: adminToken, domain: 'pages' })
  for (const name of ['one', 'two', 'three', 'four', 'five'])
    await mine.jobs.create({ ...waits, name, schedule: { enabled: false } })
  const names = (jobs: readonly { readonly name: string }[]): string[] => jobs.map(({ name }) => name)
  expect(names(await all(mine.jobs.list({ limit: 2, order: 'asc' })))).toEqual(['one', 'two', 'three', 'four', 'five'])
  const first = await mine.jobs.page({ limit: 4 })
  expect(names(first.items)).toEqual(['five', 'four', 'three', 'two'])
  const last = await mine.jobs.page({ limit: 4, cursor: first.cursor })
  expect([names(last.items), last.cursor]).toEqual([['one'], null])
})

describe('an error', () => {
  test('is what the server refuses, with its code, its sentence and every fault', async () => {
    expect(await refusal(client.jobs.get('none'))).toMatchObject({
      name: 'ApiError',
      status: 404,
      code: 'NOT_FOUND',
      detail: 'There is no job none.',
    })
    const wrong = { ...waits, retries: -1, timeout: -1 }
    expect(await refusal(client.jobs.create(wrong))).toMatchObject({
      code: 'INVALID',
      faults: [{ path: 'retries' }, { path: 'timeout' }],
    })
    const stranger = new HydraClient({ server, token: 'unknown-token' })
    expect(await refusal(stranger.jobs.get('none'))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    const old = await client.jobs.create({ ...waits, schedule: { enabled: false } })
    expect(await refusal(client.jobs.update(old._id, { retries: 1 }, 7))).toMatchObject({ code: 'PRECONDITION_FAILED' })
  })

  test('is told apart from nobody there, another server, and one that points elsewhere with the token', async () => {
    const at = (answer: typeof fetch): HydraClient =>
      new HydraClient({ server: 'http://elsewhere', token: 'secret', fetch: answer, retries: 0 })
    const gone = new HydraClient({ server: 'http://127.0.0.1:1', retries: 0 })
    expect(await refusal(gone.health())).toBeInstanceOf(UnreachableError)
    const page = at(async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }))
    expect(await refusal(page.health())).toMatchObject({
      name: 'UnreachableError',
      message: 'http://elsewhere answers, but not as a hydra-jobs server does',
    })
    const other = at(async () => new Response('nothing here', { status: 404 }))
    expect(await refusal(other.health())).toMatchObject({ status: 404, code: 'HTTP_404' })
    const asked: RequestInit[] = []
    const looks = at(async (_, init) => {
      asked.push(init ?? {})
      return new Response('{}', { headers: { 'content-type': 'application/json' } })
    })
    await looks.health()
    expect(asked[0]?.redirect).toBe('error')
  })
})

describe('after a lost answer', () => {
  /** Passes requests on, and loses the answers of the first few. */
  const losing = (count: number): { readonly fetch: typeof fetch; readonly asked: string[] } => {
    const asked: string[] = []
    return {
      asked,
      fetch: async (input, init) => {
        asked.push(`${init?.method} ${new URL(String(input)).pathname}`)
        const answer = await fetch(input, init)
        if (asked.length > count) return answer
        await answer.text()
        throw new TypeError('the connection was lost')
      },
    }
  }

  test('what creates is asked again and makes one thing', async () => {
    const { fetch, asked } = losing(2)
    const shaky = new HydraClient({ server, token: adminToken, fetch })
    const job = await shaky.jobs.create({ ...waits, name: 'only once' })
    expect(asked).toEqual(['POST /jobs/', 'POST /jobs/', 'POST /jobs/'])
    expect(await all(client.jobs.list({ q: 'only once' }))).toMatchObject([{ _id: job._id }])
    expect(await all(client.jobs.runs(job._id))).toHaveLength(1)
  })

  test('what must not happen twice is asked once', async () => {
    const { _id } = await client.jobs.create({ ...waits, schedule: { enabled: false } })
    const { fetch, asked } = losing(1)
    const shaky = new HydraClient({ server, token: adminToken, fetch })
    expect(await refusal(shaky.jobs.update(_id, { retries: 3 }))).toMatchObject({
      message: `${server} cannot be reached: the connection was lost`,
    })
    expect(asked).toHaveLength(1)
  })

  test('a server that is away is waited for, and a refusal is not', async () => {
    let left = 2
    const away: typeof fetch = async (input, init) => {
      left -= 1
      return left < 0 ? fetch(input, init) : new Response('', { status: 503 })
    }
    const patient = new HydraClient({ server, token: adminToken, fetch: away })
    expect(await patient.health()).toMatchObject({ status: 'ok' })
    left = 9
    const error = await refusal(new HydraClient({ server, fetch: away, retries: 1 }).health())
    expect(error).toBeInstanceOf(ApiError)
    expect(left).toBe(7)
  })
})

describe('a stream', () => {
  let proxy: CuttingProxy
  afterEach(() => proxy.close())
  const shaky = async (): Promise<HydraClient> => {
    proxy = await CuttingProxy.start(() => Number(new URL(server).port))
    return new HydraClient({ server: proxy.url, token: adminToken })
  }

  test('of a log goes on over every cut, wherever it falls, with nothing lost or doubled', async () => {
    const through = await shaky()
    const id = await waitingRun()
    const lines = Array.from({ length: 60 }, (_, at) => `line ${at} – ünïcode\n`)
    let pos = 0
    const chunks = lines.map((text, at) => {
      const chunk = aChunk({ run_id: id, seq: at + 1, line: at + 1, offset: pos, pos, text })
      pos += Buffer.byteLength(text)
      return chunk
    })
    await service.world.store.logs.append(chunks)
    await client.runs.cancel(id)
    proxy.cutAfter = 2500
    const told: (string | null)[] = []
    let text = ''
    let end: unknown
    for await (const event of through.runs.follow(id, { onConnection: (lost) => told.push(lost) })) {
      if (event.event === 'log_chunk') text += event.data.text
      else end = event.data
    }
    expect(text).toBe(lines.join(''))
    expect(end).toMatchObject({ run_id: id, status: 'cancelled' })
    expect(proxy.count).toBeGreaterThan(3)
    expect(told.filter((lost) => lost !== null)).not.toHaveLength(0)
    expect(told.at(-1)).toBeNull()
    expect(await client.runs.logText(id)).toBe(lines.join(''))
  })

  test('of events goes on after the last that came; a refused one ends with the refusal', async () => {
    const through = await shaky()
    proxy.cutAfter = 1600
    const names: unknown[] = []
    const wanted = Array.from({ length: 8 }, (_, at) => `event ${at}`)
    const lastEventId = service.world.plane.hub.tip(null)
    for (const name of wanted) await client.jobs.create(paused(name))
    for await (const { type, payload } of through.events({ lastEventId })) {
      if (type === 'job_submitted') names.push(payload.name)
      if (names.length === wanted.length) break
    }
    expect(proxy.count).toBeGreaterThan(1)
    expect(names).toEqual(wanted)
    const refused = new HydraClient({ server: proxy.url, token: 'unknown-token' })
    expect(await refusal(refused.events().next())).toMatchObject({ status: 401 })
  })

  test('that stays away is given up after the time that was asked for', async () => {
    const through = await shaky()
    const id = await waitingRun()
    await service.world.store.logs.append([aChunk({ run_id: id, seq: 1 })])
    const follow = through.runs.follow(id, { giveUpAfter: 0 })
    expect((await follow.next()).value).toMatchObject({ event: 'log_chunk' })
    await proxy.close()
    expect(await refusal(follow.next())).toMatchObject({ name: 'UnreachableError' })
  })

  test('and the wait for a run outlast a server that goes away right after it made the run', async () => {
    await shaky()
    const id = await waitingRun()
    await client.runs.cancel(id)
    let left = 0
    const away: typeof fetch = async (input, init) => {
      left -= 1
      if (left >= 0) throw new TypeError('fetch failed')
      return fetch(input, init)
    }
    const through = new HydraClient({ server, token: adminToken, retries: 0, fetch: away })
    left = 1
    expect(await refusal(through.runs.follow(id).next())).toMatchObject({ name: 'UnreachableError' })
    left = 1
    const told: unknown[] = []
    const options = { hasAnswered: true, onConnection: (lost: string | null) => told.push(lost === null) }
    expect((await all(through.runs.follow(id, options))).at(-1)).toMatchObject({ event: 'end' })
    expect(told).toEqual([false, true])
    left = 1
    expect(await refusal(through.runs.wait(id))).toMatchObject({ name: 'UnreachableError' })
    left = 1
    expect(await through.runs.wait(id, { giveUpAfter: 60_000 })).toMatchObject({ status: 'cancelled' })
  })
})

test('waiting ends with the run, or with the signal', async () => {
  const [one, other] = [await waitingRun(), await waitingRun()]
  const over = client.runs.wait(one)
  await client.runs.cancel(one)
  expect(await over).toMatchObject({ _id: one, status: 'cancelled' })
  const stop = new AbortController()
  const never = refusal(client.runs.wait(other, { signal: stop.signal }))
  stop.abort(new Error('enough'))
  expect(await never).toMatchObject({ message: 'enough' })
})

const paused = (name: string) => ({ ...waits, name, schedule: { enabled: false } })
