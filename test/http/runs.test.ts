import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LogChunk } from '../../src/model/log.ts'
import { aChunk } from '../builders.ts'
import { aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeEach(async () => {
  service = await Service.open()
})
afterEach(() => service.close())

async function aRun(definition: Record<string, unknown> = {}): Promise<string> {
  const { json } = await service.post('/jobs/', aJob(definition))
  return String((await service.get(`/jobs/${json._id}/runs`)).list[0]?._id)
}

test('a run that waits is shown with every field and a number for its latency', async () => {
  const id = await aRun({ affinity: { tags: ['nowhere'] } })
  const { json } = await service.get(`/runs/${id}`)
  expect(json).toMatchObject({
    _id: id,
    status: 'pending',
    attempt: 0,
    worker_id: null,
    start_ts: null,
    end_ts: null,
    duration: null,
    returncode: null,
    slot: null,
    stdout: '',
    stderr: '',
    stdout_tail: '',
    stderr_tail: '',
    completion_reason: null,
    hold: null,
    cancel_requested_at: null,
    attempts: [],
    retries_remaining: 0,
    failovers: 0,
    executor_type: 'shell',
    schedule_mode: 'immediate',
    job_version: 1,
  })
  expect(typeof json.queue_latency_ms).toBe('number')
  for (const secret of ['token', 'grant', 'session', 'rev', 'effects']) expect(json).not.toHaveProperty(secret)
})

test('a run that ended tells all: its attempt, output and reason', async () => {
  const worker = await service.world.worker()
  const id = await aRun()
  const grant = await worker.one()
  await worker.start(grant)
  await worker.end(grant, 'exit', 3, { output: { stdout: `${'x'.repeat(5000)}é`, stderr: 'boom' } })
  const { json } = await service.get(`/runs/${id}?tail=3`)
  expect(json).toMatchObject({
    status: 'failed',
    returncode: 3,
    stdout_tail: 'xxé',
    stderr_tail: 'oom',
    attempt: 1,
    completion_reason: 'exit code 3 not in [0]',
  })
  expect(json.attempts).toEqual([
    expect.objectContaining({ attempt: 1, returncode: 3, outcome: 'failed', reason: 'exit code 3 not in [0]' }),
  ])
  expect(String(json.stdout)).toHaveLength(5001)
  expect(Number(json.duration)).toBeGreaterThanOrEqual(0)
  const [listed] = (await service.get('/runs/?tail=2')).list
  expect(listed).toMatchObject({ stdout: 'xé', stdout_tail: 'xé', stderr: 'om' })
  expect(String((await service.get('/runs/')).list[0]?.stdout)).toHaveLength(4096)
  expect((await service.get('/runs/?tail=0')).list[0]).toMatchObject({ stdout: '', stderr_tail: '' })
  const [row] = (await service.get(`/overview/jobs?job_id=${json.job_id}`)).list
  expect(row).toMatchObject({
    total_runs: 1,
    failed_runs: 1,
    success_runs: 0,
    queued_runs: 0,
    last_run: { _id: id, stderr_tail: 'boom' },
  })
})

test('a cancel ends a waiting run at once, and a second one is refused', async () => {
  const id = await aRun({ queue: 'nobody' })
  const cancelled = await service.post(`/runs/${id}/cancel`)
  expect([cancelled.status, cancelled.json.status, cancelled.json.completion_reason]).toEqual([
    202,
    'cancelled',
    'cancelled by admin',
  ])
  expect((await service.post(`/runs/${id}/cancel`)).status).toBe(409)
})

test('a retry starts the job anew once the run is over', async () => {
  const id = await aRun({ queue: 'nobody' })
  expect((await service.post(`/runs/${id}/retry`)).status).toBe(409)
  await service.post(`/runs/${id}/cancel`)
  const retried = await service.post(`/runs/${id}/retry`)
  expect(retried.status).toBe(201)
  expect(retried.json).toMatchObject({ queued: true, run_id: expect.not.stringMatching(id) })
  const next = String(retried.json.run_id)
  expect((await service.get(`/runs/${id}`)).json).toMatchObject({ retry_of: null, retried_as: next })
  expect((await service.get('/runs/')).list).toEqual([
    expect.objectContaining({ _id: next, retry_of: id, retried_as: null }),
    expect.objectContaining({ _id: id, retry_of: null, retried_as: next }),
  ])
})

describe('changes for one run', () => {
  const ask = async (path: string, changes: unknown) => service.post(path, { changes })
  const aJobWith = async (definition: Record<string, unknown>) =>
    String((await service.post('/jobs/', aPausedJob(definition))).json._id)

  test('reach its process and its queue, and leave the job and its other runs alone', async () => {
    const worker = await service.world.worker()
    const executor = { type: 'shell', script: 'true', args: ['a'], env: { KEPT: '1', GONE: '2' } }
    const job = await aJobWith({ executor, retries: 1 })
    const changes = {
      timeout: '60',
      priority: 9,
      executor: { args: ['b'], env: { GONE: null, NEW: 3 }, unknown: true },
      nothing: 1,
    }
    const made = await ask(`/jobs/${job}/run`, changes)
    expect(made.status).toBe(201)
    const grant = await worker.one()
    expect(grant.definition).toMatchObject({
      timeout: 60,
      retries: 1,
      executor: { type: 'shell', script: 'true', args: ['b'], env: { KEPT: '1', NEW: '3' } },
    })
    expect(grant.definition.executor.env).not.toHaveProperty('GONE')
    const kept = { timeout: 60, priority: 9, executor: { type: 'shell', args: ['b'], env: { GONE: null, NEW: '3' } } }
    expect((await service.get(`/runs/${made.json.run_id}`)).json).toMatchObject({ priority: 9, changes: kept })
    const stored = (await service.get(`/jobs/${job}`)).json
    expect(stored).toMatchObject({ timeout: 0, priority: 5, version: 1, executor })
    await worker.start(grant)
    await worker.end(grant, 'exit', 0)

    // A retry has them too, unless it says otherwise.
    const again = await service.post(`/runs/${made.json.run_id}/retry`)
    expect((await worker.one()).definition).toMatchObject({ timeout: 60, executor: { args: ['b'] } })
    expect((await service.get(`/runs/${again.json.run_id}`)).json).toMatchObject({ changes: kept })
    const plain = await ask(`/runs/${made.json.run_id}/retry`, null)
    expect((await worker.one()).definition).toMatchObject({ timeout: 0, executor })
    expect((await service.get(`/runs/${plain.json.run_id}`)).json.changes).toBeNull()
    expect((await service.get('/audit/')).list[2]).toMatchObject({
      action: 'job.run',
      after: { changed: ['executor.args', 'executor.env.GONE', 'executor.env.NEW', 'timeout', 'priority'] },
    })
  })

  test.for([
    [5, 'changes: must be an object'],
    [{ schedule: { enabled: false } }, "changes.schedule: is the job's own: change the job"],
    [{ executor: { script: ' ' } }, 'changes.executor.script: must not be blank'],
    [{ executor: { type: 'external' } }, 'changes.executor.command: is required'],
    [{ timeout: -1, priority: 2000 }, 'changes.priority: must be at most 1000; changes.timeout: must be at least 0'],
    [{ executor: { script: 'x'.repeat(70_000) } }, 'changes: must have at most 65536 characters'],
  ] as const)('%j are refused with a sentence and leave no run', async ([changes, sentence]) => {
    const job = await aJobWith({})
    const refused = await ask(`/jobs/${job}/run`, changes)
    expect([refused.status, refused.json.detail]).toEqual([422, expect.stringContaining(sentence)])
    expect((await service.get(`/jobs/${job}/runs`)).list).toEqual([])
  })

  test('a retry whose changes fit the job no more says so', async () => {
    const job = await aJobWith({ queue: 'nobody' })
    const { json } = await ask(`/jobs/${job}/run`, { executor: { args: ['b'] } })
    await service.post(`/runs/${json.run_id}/cancel`)
    await service.put(`/jobs/${job}`, { executor: { type: 'external', command: 'date' } })
    const refused = await service.post(`/runs/${json.run_id}/retry`)
    expect([refused.status, refused.json.detail]).toEqual([422, 'changes.executor.script: is required'])
    expect((await ask(`/runs/${json.run_id}/retry`, {})).status).toBe(201)
  })
})

describe('explain says in a sentence why a run has not started', () => {
  const explain = async (id: string) => (await service.get(`/runs/${id}/explain`)).json

  test('nobody is there', async () => {
    const id = await aRun()
    const explained = await explain(id)
    expect(explained).toEqual({
      summary: 'No worker of the domain prod is online.',
      since: expect.stringMatching(/Z$/),
      workers: [],
      hold: null,
      no_worker: true,
    })
    expect((await service.get('/queue/overview')).json.pending).toEqual([
      expect.objectContaining({ run_id: id, reason: explained.summary, domain: 'prod', since: explained.since }),
    ])
  })

  test('nobody fits, nobody is free, nobody takes new work', async () => {
    await service.world.worker({ worker_id: 'w', max_concurrency: 1 })
    const unfit = await aRun({ affinity: { tags: ['gpu'] } })
    expect(await explain(unfit)).toMatchObject({
      summary: 'The only worker that is online, w, does not fit: it lacks the tag gpu.',
      workers: [{ worker_id: 'w', excluded_by: 'it lacks the tag gpu' }],
    })
    await aRun()
    const second = await aRun()
    expect(await explain(second)).toMatchObject({
      summary: expect.stringMatching(/^All slots of w are taken/),
      workers: [{ excluded_by: 'all its 1 slots are taken' }],
    })
    await service.post('/workers/w/state', { state: 'draining' })
    expect(await explain(second)).toMatchObject({
      summary: 'w would fit but takes no new work.',
      workers: [{ excluded_by: 'it is draining' }],
    })
  })

  test('it was given out, runs, is over', async () => {
    const worker = await service.world.worker({ worker_id: 'w' })
    const id = await aRun()
    const grant = await worker.one()
    expect((await explain(id)).summary).toMatch(/^It was given to w/)
    await worker.start(grant)
    expect((await explain(id)).summary).toMatch(/^It runs on w since/)
    await worker.end(grant)
    expect(await explain(id)).toEqual({
      summary: 'It is over: success (criteria satisfied).',
      since: null,
      workers: [],
      hold: null,
      no_worker: false,
    })
  })
})

describe('the log', () => {
  /** Two attempts; the second is bigger than a page. Chunks cut characters in two. */
  async function logged(): Promise<{ id: string; text: string; out: string }> {
    const id = await aRun({ queue: 'nobody' })
    const big = 'é0123456789\n'.repeat(40_000)
    const bytes = Buffer.from(big)
    const chunks: LogChunk[] = [
      aChunk({ run_id: id, attempt: 1, seq: 1, text: 'first out\n' }),
      aChunk({ run_id: id, attempt: 1, seq: 2, stream: 'stderr', text: 'first err\n', offset: 0, pos: 10, line: 2 }),
    ]
    const size = 65_521
    for (let at = 0, seq = 1; at < bytes.length; at += size, seq += 1)
      chunks.push({
        ...aChunk({ run_id: id, attempt: 2, seq, offset: at, pos: at }),
        bytes: bytes.subarray(at, at + size),
      })
    chunks.push(
      aChunk({
        run_id: id,
        attempt: 2,
        seq: chunks.length - 1,
        stream: 'stderr',
        offset: 0,
        pos: bytes.length,
        text: 'second err\n',
      }),
    )
    await service.world.store.logs.append(chunks)
    return { id, text: `first out\nfirst err\n${big}second err\n`, out: `first out\n${big}` }
  }

  test('comes whole, all attempts in turn, or by attempt and stream', async () => {
    const { id, text, out } = await logged()
    const whole = await service.get(`/runs/${id}/log`)
    expect(whole.text === text).toBe(true)
    expect(whole.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'accept-ranges': 'bytes',
      'content-length': String(Buffer.byteLength(text)),
    })
    expect((await service.get(`/runs/${id}/log?stream=stdout`)).text === out).toBe(true)
    expect((await service.get(`/runs/${id}/log?attempt=1`)).text).toBe('first out\nfirst err\n')
    expect((await service.get(`/runs/${id}/log?attempt=2&stream=stderr`)).text).toBe('second err\n')
    expect((await service.get(`/runs/${id}/log?attempt=9`)).text).toBe('')
    expect((await service.get(`/runs/${id}/log?stream=both`)).status).toBe(422)
  })

  test('comes in ranges', async () => {
    const { id, text } = await logged()
    const bytes = Buffer.from(text)
    const total = bytes.length
    for (const [range, first, last] of [
      ['bytes=0-9', 0, 9],
      ['bytes=5-14', 5, 14],
      ['bytes=-11', total - 11, total - 1],
      [`bytes=${total - 3}-`, total - 3, total - 1],
      ['bytes=70000-140000', 70_000, 140_000],
      [`bytes=10-${total * 2}`, 10, total - 1],
    ] as const) {
      const part = await service.server.app.inject({
        url: `/runs/${id}/log`,
        headers: { 'x-api-key': 'an-admin-token', range },
      })
      expect(part.statusCode, range).toBe(206)
      expect(part.headers['content-range']).toBe(`bytes ${first}-${last}/${total}`)
      expect(part.rawPayload.equals(bytes.subarray(first, last + 1)), range).toBe(true)
    }
    const beyond = await service.get(`/runs/${id}/log`, { headers: { range: `bytes=${total}-` } })
    expect([
      beyond.status,
      beyond.headers['content-range'],
      String(beyond.headers['content-type']).split(';')[0],
    ]).toEqual([416, `bytes */${total}`, 'application/problem+json'])
    for (const range of ['bytes=0-1,3-4', 'lines=1-2', 'bytes=9-3'])
      expect((await service.get(`/runs/${id}/log`, { headers: { range } })).status).toBe(200)
    const head = await service.ask('HEAD', `/runs/${id}/log`)
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(total)])
  })

  test('of a run without output is empty', async () => {
    const answer = await service.get(`/runs/${await aRun({ queue: 'nobody' })}/log`)
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

test('grid, gantt and graph show the runs oldest first', async () => {
  const { json } = await service.post('/jobs/', aJob({ queue: 'nobody', name: 'drawn' }))
  await service.post(`/jobs/${json._id}/run`)
  const grid = (await service.get(`/jobs/${json._id}/grid`)).json
  expect(grid).toMatchObject({
    tasks: [{ task_id: 'task_main', label: 'drawn' }],
    runs: [{ status: 'pending', duration: null }, {}],
  })
  const newestFirst = (await service.get(`/jobs/${json._id}/runs`)).list.map((run) => run._id)
  expect((await service.get(`/jobs/${json._id}/gantt`)).json.entries).toMatchObject(
    newestFirst.reverse().map((run_id) => ({ run_id })),
  )
  expect((await service.get(`/jobs/${json._id}/graph`)).json).toEqual({
    nodes: [{ id: 'task_main', label: 'drawn', status: 'pending' }],
    edges: [],
  })
})
