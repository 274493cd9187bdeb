import { afterAll, beforeAll, expect, test } from 'vitest'
import { aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

test('a job is answered with every field, its times in ISO', async () => {
  const made = await service.post(
    '/jobs/',
    aPausedJob({ schedule: { mode: 'interval', interval_seconds: 60, start_at: '2040-01-01T00:00:00' } }),
  )
  expect(made.status).toBe(201)
  expect(made.headers.location).toBe(`/jobs/${made.json._id}`)
  expect(made.json).toEqual({
    _id: made.json._id,
    domain: 'prod',
    name: 'a job',
    key: null,
    user: 'default',
    priority: 5,
    queue: 'default',
    affinity: { os: [], tags: [], allowed_users: [], hostnames: [], subnets: [], deployment_types: [] },
    executor: { type: 'shell', script: 'true', shell: 'bash', login: false, args: [], env: {}, workdir: null },
    schedule: {
      mode: 'interval',
      cron: null,
      interval_seconds: 60,
      start_at: '2040-01-01T00:00:00.000Z',
      end_at: null,
      timezone: 'UTC',
      enabled: true,
      next_run_at: '2040-01-01T00:00:00.000Z',
      overlap: 'skip',
      misfire: 'run_once',
      jitter_seconds: 0,
    },
    completion: {
      exit_codes: [0],
      stdout_contains: [],
      stdout_not_contains: [],
      stderr_contains: [],
      stderr_not_contains: [],
    },
    retries: 0,
    timeout: 0,
    on_worker_lost: 'requeue',
    max_failovers: 3,
    keep_runs: null,
    version: 1,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/),
    updated_at: expect.stringMatching(/Z$/),
  })
  expect((await service.get(`/jobs/${made.json._id}`)).json).toEqual(made.json)
})

test('left-over, unknown and read-only fields do not matter', async () => {
  const { status, json } = await service.post('/jobs/', {
    ...aJob({ user: '', queue: '', _id: 'mine', version: 7, surprise: 1 }),
    executor: { type: 'shell', script: 'true', code: 'print(1)', environment: { type: 'system' } },
    schedule: { mode: 'immediate', cron: '', interval_seconds: 300, next_run_at: null },
  })
  expect(status).toBe(201)
  expect([json.user, json.queue, json.version]).toEqual(['default', 'default', 1])
  expect(json._id).not.toBe('mine')
})

test('an update merges, raises the version and its ETag; one that names nothing is refused', async () => {
  const { json } = await service.post(
    '/jobs/',
    aPausedJob({ executor: { type: 'shell', script: 'one', env: { A: '1' } } }),
  )
  const put = await service.put(`/jobs/${json._id}`, {
    name: 'renamed',
    executor: { env: { B: '2' } },
    schedule: { enabled: true },
  })
  expect(put.status).toBe(200)
  expect([put.json.version, put.headers.etag]).toEqual([2, '"2"'])
  expect(put.json.executor).toMatchObject({ type: 'shell', script: 'one', env: { A: '1', B: '2' } })
  expect(put.json.schedule).toMatchObject({ mode: 'interval', interval_seconds: 86_400, enabled: true })
  expect(
    (await service.put(`/jobs/${json._id}`, { executor: { type: 'external', command: '/bin/true' } })).json.executor,
  ).toEqual({ type: 'external', command: '/bin/true', args: [], env: {}, workdir: null })
  expect((await service.put(`/jobs/${json._id}`, { surprise: 1, _id: 'x' })).status).toBe(400)
  expect((await service.put(`/jobs/${json._id}`, { retries: -1 })).status).toBe(422)
  expect((await service.put(`/jobs/${json._id}`, [1])).status).toBe(422)
})

test('validate answers 200 for every JSON object; by id it merges the body into the stored job and stores nothing', async () => {
  expect((await service.post('/jobs/validate', {})).json).toMatchObject({ valid: false, next_run_at: null })
  const good = await service.post(
    '/jobs/validate',
    aJob({ schedule: { mode: 'interval', interval_seconds: 60 }, user: 'x', affinity: { allowed_users: ['y'] } }),
  )
  expect(good.json).toMatchObject({
    valid: true,
    errors: [],
    warnings: [expect.stringContaining('user')],
    next_run_at: expect.stringMatching(/Z$/),
  })
  const both = await service.post('/jobs/validate', aJob({ name: '', user: 'x', affinity: { allowed_users: ['y'] } }))
  expect(both.json).toEqual({
    valid: false,
    errors: ['name: must not be blank'],
    warnings: ['user: x is not among affinity.allowed_users'],
    next_run_at: null,
  })
  const { json } = await service.post('/jobs/', aPausedJob())
  expect((await service.post(`/jobs/${json._id}/validate`)).json.valid).toBe(true)
  expect((await service.post(`/jobs/${json._id}/validate`, { timeout: -1 })).json).toMatchObject({
    valid: false,
    errors: [expect.stringContaining('timeout')],
  })
  expect((await service.get(`/jobs/${json._id}`)).json.version).toBe(1)
  expect((await service.post('/jobs/nope/validate', {})).status).toBe(404)
})

test('an adhoc job runs once, whatever schedule the body has', async () => {
  const { status, json } = await service.post(
    '/jobs/adhoc',
    aJob({ queue: 'nobody', schedule: { mode: 'cron', cron: 'nonsense' } }),
  )
  expect(status).toBe(201)
  expect(json.schedule).toMatchObject({ mode: 'immediate', enabled: false })
  expect((await service.get(`/jobs/${json._id}/runs`)).list).toHaveLength(1)
})

test('a paused job runs when it is told to', async () => {
  const { json } = await service.post('/jobs/', aPausedJob({ queue: 'nobody' }))
  const run = await service.post(`/jobs/${json._id}/run`)
  expect(run.status).toBe(201)
  expect(run.json).toEqual({ job_id: json._id, queued: true, run_id: expect.any(String) })
  expect((await service.get(`/runs/${run.json.run_id}`)).json).toMatchObject({ status: 'pending', schedule_tick: null })
})

test('a deleted job is gone from every list, its waiting runs are cancelled, and history keeps them', async () => {
  const { json } = await service.post('/jobs/', aJob({ name: 'short-lived', queue: 'nobody' }))
  const [run] = (await service.get(`/jobs/${json._id}/runs`)).list
  expect((await service.ask('DELETE', `/jobs/${json._id}`)).json).toEqual({ ok: true, cancelled: 1 })
  for (const url of [`/jobs/${json._id}`, `/jobs/${json._id}/runs`, `/jobs/${json._id}/grid`])
    expect((await service.get(url)).status).toBe(404)
  expect((await service.ask('DELETE', `/jobs/${json._id}`)).status).toBe(404)
  for (const url of ['/jobs/', '/overview/jobs']) expect((await service.get(url)).text).not.toContain('short-lived')
  expect((await service.get('/history/')).list.find(({ _id }) => _id === run?._id)).toMatchObject({
    status: 'cancelled',
  })
  expect((await service.post(`/runs/${run?._id}/retry`)).status).toBe(404)
})

test('If-Match refuses an update, or a deletion, of a version that is not the present one, also of two at once', async () => {
  const { json } = await service.post('/jobs/', aPausedJob())
  const under = (tag: string) => ({ headers: { 'if-match': tag } })
  const put = (name: string, tag: string) => service.put(`/jobs/${json._id}`, { name }, under(tag))
  expect((await put('one', '"1"')).status).toBe(200)
  expect((await put('two', '"1"')).status).toBe(412)
  expect((await put('three', '*')).status).toBe(200)
  const both = await Promise.all([put('four', 'W/"3"'), put('five', '"7", "3"')])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
  expect((await service.get(`/jobs/${json._id}`)).json.version).toBe(4)
  const malformed = await put('six', 'latest')
  expect([malformed.status, malformed.json.detail]).toEqual([
    422,
    expect.stringMatching(/^If-Match: must be a version/),
  ])
  expect((await service.ask('DELETE', `/jobs/${json._id}`, under('"3"'))).status).toBe(412)
  expect((await service.ask('DELETE', `/jobs/${json._id}`, under('"4"'))).status).toBe(200)
})

test('If-Match holds also when another scheduler is faster between the look and the write', async () => {
  const { json } = await service.post('/jobs/', aPausedJob())
  const { jobs } = service.world.store
  const replace = jobs.replace.bind(jobs)
  jobs.replace = async (before, after, version) => {
    jobs.replace = replace
    const theirs = { ...after, name: 'theirs' }
    expect(await replace(before, theirs, version)).toBe(true)
    return replace(before, after, version)
  }
  const answer = await service.put(`/jobs/${json._id}`, { name: 'mine' }, { headers: { 'if-match': '"1"' } })
  expect(answer.status).toBe(412)
  expect((await service.get(`/jobs/${json._id}`)).json.name).toBe('theirs')
})

test('the versions of a job tell what it was, since when, and who made it so', async () => {
  const token = await service.domain('versions')
  const { json } = await service.post('/jobs/', aPausedJob({ name: 'one' }), { token })
  await service.put(`/jobs/${json._id}`, { name: 'two' })
  await service.put(`/jobs/${json._id}`, { schedule: { enabled: true } }, { token })
  const { list } = await service.get(`/jobs/${json._id}/versions`, { token })
  expect(list.map(({ version, actor }) => [version, actor])).toEqual([
    [3, 'default'],
    [2, 'admin'],
    [1, 'default'],
  ])
  const { _id, domain, version, created_at, updated_at, schedule, ...defined } = json
  const { next_run_at: _, ...planned } = Object(schedule)
  expect(list[2]).toEqual({ version: 1, actor: 'default', created_at, definition: { ...defined, schedule: planned } })
  const first = await service.get(`/jobs/${json._id}/versions?limit=2&order=asc`, { token })
  const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? ''
  expect((await service.get(next, { token })).list.map((one) => one.version)).toEqual([3])
  expect((await service.get(`/jobs/nope/versions`)).status).toBe(404)
})
