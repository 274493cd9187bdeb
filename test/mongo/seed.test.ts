import { ObjectId } from 'mongodb'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { sha256 } from '../../src/runtime/ids.ts'
import { aRun } from '../builders.ts'
import type { Opened } from '../contract/store.suite.ts'
import { TestDatabase } from './database.ts'

const url = process.env.MONGO_TEST_URL
const begin = new Date('2024-05-01T08:00:00Z')
const after = (seconds: number) => new Date(begin.getTime() + seconds * 1000)
const objectId = (seconds: number) => ObjectId.createFromTime(begin.getTime() / 1000 + seconds)

const domain = { _id: new ObjectId(), domain: 'prod', display_name: 'Production', token_hash: sha256('the token') }

/** As its worker wrote them. */
const aSeedRun = (seconds: number, run: Record<string, unknown> = {}) => ({
  _id: objectId(seconds),
  job_id: 'f0e1d2c3-nightly',
  user: 'rich',
  domain: 'prod',
  worker_id: 'w1',
  start_ts: after(seconds),
  end_ts: after(seconds + 3),
  status: 'success',
  returncode: 0,
  stdout: 'hello\n',
  stderr: '',
  slot: 1,
  attempt: 1,
  queue_latency_ms: 250,
  executor_type: 'shell',
  completion_reason: 'criteria satisfied',
  ...run,
})

const aSeedJob = (job: Record<string, unknown> = {}) => ({
  _id: 'f0e1d2c3-nightly',
  name: 'nightly',
  user: 'rich',
  domain: 'prod',
  affinity: { os: ['linux'], tags: [], allowed_users: ['rich'] },
  executor: { type: 'shell', script: 'echo hello', shell: 'bash', env: { 'A.B': '1', $C: '2' } },
  schedule: { mode: 'interval', interval_seconds: 300, enabled: true, start_at: begin, next_run_at: after(600) },
  completion: { exit_codes: [0], stdout_contains: ['hello'] },
  retries: 1,
  timeout: 10,
  created_at: begin,
  updated_at: '2024-05-02T09:30:00.123456',
  ...job,
})

describe.skipIf(!url)('documents of the seed’s system', () => {
  const database = new TestDatabase(url ?? '')
  let opened: Opened | null = null
  afterEach(async () => {
    await opened?.remove()
    // Indexes, too: the seed's system has none of ours.
    await database.raw.dropDatabase()
    database.warnings.length = 0
  })
  afterAll(() => database.drop())

  async function lifted(some: { domains?: object[]; jobs?: object[]; runs?: object[] }): Promise<Store> {
    const { raw } = database
    if (some.domains) await raw.collection('domains').insertMany(some.domains)
    if (some.jobs) await raw.collection('job_definitions').insertMany(some.jobs)
    if (some.runs) await raw.collection('job_runs').insertMany(some.runs)
    opened = await database.open()
    return opened.store
  }

  test('a domain keeps its names, and its token works as the one named default until it is ended', async () => {
    const { domains } = await lifted({ domains: [domain, { _id: new ObjectId(), domain: 'dev' }] })
    expect((await domains.all()).map((one) => [one.domain, one.display_name])).toEqual([
      ['dev', null],
      ['prod', 'Production'],
    ])
    const token = await domains.tokenByHash(sha256('the token'))
    expect(token).toMatchObject({ name: 'default', domain: 'prod', role: 'domain', expires_at: null })
    expect(await domains.tokens('dev')).toEqual([])
    await domains.endToken('prod', token?._id ?? '')
    const again = await opened?.reopen()
    expect(await again?.domains.tokenByHash(sha256('the token'))).toBeNull()
  })

  test('a job keeps its definition, its times and its planned tick; what is missing has its default', async () => {
    const { jobs } = await lifted({ jobs: [aSeedJob(), aSeedJob({ _id: 'now', schedule: { mode: 'immediate' } })] })
    const job = await jobs.get('f0e1d2c3-nightly')
    expect(job).toMatchObject({
      name: 'nightly',
      user: 'rich',
      priority: 5,
      queue: 'default',
      executor: { type: 'shell', script: 'echo hello', env: { 'A.B': '1', $C: '2' }, args: [] },
      completion: { exit_codes: [0], stdout_contains: ['hello'], stderr_contains: [] },
      schedules: [
        { mode: 'interval', interval_seconds: 300, enabled: true, start_at: begin.getTime(), timezone: 'UTC' },
      ],
      next_run_at: after(600).getTime(),
      created_at: begin.getTime(),
      updated_at: Date.parse('2024-05-02T09:30:00.123Z'),
      version: 1,
    })
    expect((await jobs.version('f0e1d2c3-nightly', 1))?.definition.timeout).toBe(10)
    expect((await jobs.due(Date.now(), 10)).map(({ _id }) => _id)).toEqual(['f0e1d2c3-nightly'])
    expect(await jobs.get('now')).toMatchObject({ next_run_at: null })
  })

  test('a run shows its ObjectId as hex digits, with its output, its log and its figures; one left running is closed', async () => {
    const open = aSeedRun(200, { status: 'running', end_ts: null, returncode: null, stdout: 'half' })
    const long = `${'x'.repeat(70_000)}\nénd\n`
    const runs = [aSeedRun(0), aSeedRun(100, { status: 'failed', returncode: 3, stdout: long, stderr: 'no' }), open]
    const store = await lifted({ jobs: [aSeedJob()], runs })
    const [first, second, third] = runs.map(({ _id }) => _id.toHexString())
    expect(await store.runs.get(first ?? '')).toMatchObject({
      job_name: 'nightly',
      status: 'success',
      scheduled_ts: begin.getTime() - 250,
      start_ts: begin.getTime(),
      end_ts: after(3).getTime(),
      attempts: [{ attempt: 1, outcome: 'success' }],
      effects: [],
    })
    expect(await store.runs.get(third ?? '')).toMatchObject({
      status: 'failed',
      returncode: null,
      end_ts: after(200).getTime(),
      completion_reason: expect.stringContaining('left running'),
    })
    const kept = await store.runs.withOutput(second ?? '')
    expect(kept?.output.stdout).toBe(long.slice(-(65_536 - 1)))
    const chunks = await store.logs.read(second ?? '', { attempt: 0, seq: 0 }, 1e6)
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).toBe(`${long}no`)
    expect(await store.logs.size(second ?? '')).toMatchObject([{ attempt: 1, stderr: 2, lines: 3 }])
    expect(await store.jobs.figures(['f0e1d2c3-nightly'], 9)).toMatchObject([{ total: 3, success: 1, failed: 2 }])
    expect(await store.domains.counts('prod')).toEqual({ jobs: 1, runs: 3, live: 0 })
  })

  test('lists are by time over old and new, whatever ids the old ones have, page by page', async () => {
    const { runs, jobs } = await lifted({
      jobs: [aSeedJob({ _id: 'zz', created_at: begin }), aSeedJob({ _id: 'aa', created_at: after(5) })],
      runs: [aSeedRun(0, { _id: 'zz' }), aSeedRun(10), aSeedRun(20, { _id: 'aa' })],
    })
    const fresh = aRun({ created_at: Date.now() })
    await runs.insert([fresh])
    const none = {
      domain: null,
      job_id: null,
      status: null,
      worker_id: null,
      user: null,
      since: null,
      until: null,
      q: null,
    }
    const found: string[] = []
    for (let after: string | null = null; found.length < 9; after = found.at(-1) ?? null) {
      const [next] = await runs.list(none, { limit: 1, after, oldestFirst: false }, 0)
      if (next === undefined) break
      found.push(next.run._id)
    }
    expect(found).toEqual(
      [fresh._id, 'aa', objectId(10).toHexString().slice(0, 8), 'zz'].map((id) => expect.stringContaining(id)),
    )
    expect(
      await runs.list(
        { ...none, since: after(15).getTime(), until: after(60).getTime() },
        { limit: 9, after: null, oldestFirst: false },
        0,
      ),
    ).toMatchObject([{ run: { _id: 'aa' } }])
    const all = { domain: null, q: null, mode: null, enabled: null, queue: null }
    const page = await jobs.list(all, { limit: 9, after: null, oldestFirst: false })
    expect(page.map(({ _id }) => _id)).toEqual(['aa', 'zz'])
  })

  test('what cannot be read is kept aside with a warning; a field that cannot be used has its default', async () => {
    const store = await lifted({
      jobs: [
        aSeedJob({ executor: { type: 'magic' } }),
        aSeedJob({ _id: 'odd', retries: 'many', schedule: { mode: 'cron' } }),
      ],
      runs: [aSeedRun(0, { job_id: null })],
    })
    expect(await store.jobs.get('f0e1d2c3-nightly')).toBeNull()
    expect(await store.jobs.get('odd')).toMatchObject({
      retries: 0,
      next_run_at: null,
      schedules: [{ enabled: false }],
    })
    expect(await database.raw.collection('unreadable').countDocuments()).toBe(2)
    expect(database.warnings).toHaveLength(3)
    expect(database.warnings.join(' ')).toContain('schedule, retries')
  })

  test('a lift that a crash cut off is gone on with: nothing is lost, nothing counts twice', async () => {
    const runs = Array.from({ length: 5 }, (_, at) => aSeedRun(at))
    await lifted({ domains: [domain], jobs: [aSeedJob()], runs })
    await opened?.store.close()
    // As a crash would leave it: the number is not written, and some of the old ones are there still.
    await database.raw.collection('meta').deleteMany({})
    const collection = database.raw.collection<object>('job_runs')
    const done = await collection.find().toArray()
    await collection.drop()
    await collection.insertMany([...done, ...runs.slice(0, 2)])
    opened = await database.open()
    const { store } = opened
    expect(await store.jobs.figures(['f0e1d2c3-nightly'], 9)).toMatchObject([{ total: 5, success: 5 }])
    expect(await store.domains.counts('prod')).toEqual({ jobs: 1, runs: 5, live: 0 })
    expect(await store.domains.tokens('prod')).toHaveLength(1)
    expect(await database.raw.collection('job_runs').countDocuments()).toBe(5)
  })
})
