import { afterEach, beforeEach, expect, test } from 'vitest'
import { aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeEach(async () => {
  service = await Service.open()
})
afterEach(() => service.close())

const given = 'a-token-that-was-given-0123456789-abcdef'

test('a domain is made with a token that is shown once', async () => {
  const made = await service.post('/admin/domains', { domain: 'acme', display_name: 'Acme', surprise: 1 })
  expect(made.status).toBe(201)
  expect(made.json).toEqual({ ok: true, domain: 'acme', token: expect.stringMatching(/^[\w-]{43}$/) })
  expect((await service.get('/admin/domains')).text).not.toContain(String(made.json.token))
  expect((await service.get('/jobs/', { token: String(made.json.token) })).status).toBe(200)
})

test('the list counts jobs, runs and workers; the default domain is always there', async () => {
  await service.post('/jobs/', aJob({ queue: 'nobody' }))
  await service.world.worker()
  expect((await service.get('/admin/domains')).json).toEqual({
    domains: [
      { domain: 'prod', display_name: null, description: null, jobs_count: 1, runs_count: 1, workers_count: 1 },
    ],
  })
})

test('making one that exists answers 200 for its present token, else 409', async () => {
  expect((await service.post('/admin/domains', { domain: 'acme', token: given })).status).toBe(201)
  const again = await service.post('/admin/domains', { domain: 'acme', token: given })
  expect([again.status, again.json.token]).toEqual([200, given])
  for (const body of [
    { domain: 'acme' },
    { domain: 'acme', token: `${given}x` },
    { domain: 'other', token: given },
    { domain: 'other', token: 'an-admin-token' },
  ])
    expect((await service.post('/admin/domains', body)).status, JSON.stringify(body)).toBe(409)
  expect((await service.get('/admin/domains')).text).not.toContain('other')
})

test('names and tokens that cannot be used are refused', async () => {
  for (const body of [
    {},
    { domain: '' },
    { domain: 'pending' },
    { domain: 'admin' },
    { domain: '-x' },
    { domain: 'x'.repeat(64) },
    { domain: 'a/b' },
    { domain: 'ok', token: 'short' },
    { domain: 'ok', token: 'with a space' },
    { domain: 7 },
  ])
    expect((await service.post('/admin/domains', body)).status, JSON.stringify(body)).toBe(422)
})

test('a change touches what is sent; the token is answered when one was sent', async () => {
  const old = await service.domain('acme')
  expect((await service.put('/admin/domains/acme', { display_name: 'Acme', description: 'Anvils' })).json).toEqual({
    ok: true,
    domain: 'acme',
    token: null,
  })
  expect((await service.put('/admin/domains/acme', { display_name: '', description: null, token: '' })).status).toBe(
    200,
  )
  expect((await service.get('/admin/domains?domain=acme')).json.domains).toEqual([
    expect.objectContaining({ display_name: 'Acme', description: null }),
  ])
  expect((await service.get('/jobs/', { token: old })).status).toBe(200)
  expect((await service.put('/admin/domains/acme', { token: given })).json.token).toBe(given)
  expect((await service.get('/jobs/', { token: old })).status).toBe(401)
  expect((await service.put('/admin/domains/acme', {})).status).toBe(400)
  expect((await service.put('/admin/domains/nowhere', { display_name: 'x' })).status).toBe(404)
})

test('a token that was given and can be guessed is warned of in the log, the admin’s too, without being told there', async () => {
  await service.post('/admin/domains', { domain: 'weak', token: 'weak-token' })
  expect(service.world.warnings).toEqual([
    'ADMIN_TOKEN has fewer than 32 characters: it can be guessed',
    'the token of the domain weak has fewer than 32 characters: it can be guessed',
  ])
  expect(JSON.stringify(service.lines)).not.toContain('weak-token')
})

test('a domain goes with its jobs and tokens, but not while a run of it is live; its name stays taken while its history stands', async () => {
  const token = await service.domain('acme')
  const { json } = await service.post('/jobs/', aJob({ queue: 'nobody' }), { token })
  await service.post('/jobs/', aPausedJob(), { token })
  expect((await service.ask('DELETE', '/admin/domains/acme')).status).toBe(409)
  const [run] = (await service.get(`/jobs/${json._id}/runs`)).list
  await service.post(`/runs/${run?._id}/cancel`)
  expect((await service.ask('DELETE', '/admin/domains/acme')).json).toEqual({ ok: true })
  expect((await service.get('/jobs/', { token })).status).toBe(401)
  expect((await service.get('/jobs/')).list).toEqual([])
  expect((await service.get('/jobs/?domain=acme')).status).toBe(404)
  expect((await service.post('/admin/domains', { domain: 'acme' })).status).toBe(409)
  expect((await service.ask('DELETE', '/admin/domains/acme')).status).toBe(404)
  expect((await service.ask('DELETE', '/admin/domains/prod')).status).toBe(409)
})

test('seeding gives prod and dev their tokens on a store without any, and does nothing afterwards', async () => {
  const { domains } = service.world.plane
  const [made, ...others] = await domains.seed('a-dev-token-0123456789')
  expect([made?.domain, others]).toEqual(['prod', []])
  expect((await service.get('/jobs/', { token: String(made?.token) })).status).toBe(200)
  expect((await service.get('/jobs/', { token: 'a-dev-token-0123456789' })).status).toBe(200)
  expect(await domains.seed('another-dev-token')).toEqual([])
})

test('a worker takes its state from the query or the body; one that several domains have must be named with its domain', async () => {
  await service.domain('acme')
  await service.world.worker({ worker_id: 'w', domain: 'prod' }, 'one')
  expect((await service.post('/workers/w/state', { state: 'draining' })).json).toEqual({ ok: true, state: 'draining' })
  expect((await service.get('/workers/')).list).toMatchObject([{ worker_id: 'w', state: 'draining', status: 'online' }])
  expect((await service.ask('POST', '/workers/w/state?state=online')).json.state).toBe('online')
  expect((await service.post('/workers/w/state', { state: 'asleep' })).status).toBe(422)
  expect((await service.post('/workers/w/state')).status).toBe(422)
  expect((await service.post('/workers/nobody/state', { state: 'online' })).status).toBe(404)
  await service.world.worker({ worker_id: 'w', domain: 'acme' }, 'two')
  const several = await service.post('/workers/w/state', { state: 'draining' })
  expect(several.status).toBe(409)
  expect(several.json.detail).toMatch(/acme.*prod|prod.*acme/)
  expect((await service.post('/workers/w/state?domain=acme', { state: 'draining' })).status).toBe(200)
  expect((await service.get('/workers/?domain=prod')).list).toMatchObject([{ domain: 'prod', state: 'online' }])
  const [first] = (await service.get('/workers/?limit=1')).list
  expect(first).toMatchObject({ domain: 'acme' })
})
