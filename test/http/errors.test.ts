import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

const paused = async (): Promise<string> => String((await service.post('/jobs/', aPausedJob())).json._id)

describe('problems', () => {
  test('every refusal is a problem with one sentence, and never a stack', async () => {
    const refusals = [
      [400, await service.ask('POST', '/jobs/', { raw: '{"name": ' })],
      [400, await service.ask('POST', '/jobs/', { headers: { 'content-type': 'application/json' } })],
      [400, await service.post('/jobs/validate', [])],
      [400, await service.put(`/jobs/${await paused()}`, {})],
      [401, await service.get('/jobs/', { token: null })],
      [404, await service.get('/jobs/nope')],
      [404, await service.get('/no/such/route')],
      [405, await service.ask('DELETE', '/jobs/')],
      [415, await service.ask('POST', '/jobs/', { raw: 'name=x', headers: { 'content-type': 'text/plain' } })],
      [415, await service.ask('POST', '/jobs/', { raw: 'name=x', headers: { 'content-type': 'nonsense' } })],
      [422, await service.post('/jobs/', aJob({ timeout: 'soon' }))],
      [422, await service.post('/jobs/', [])],
      [422, await service.get('/jobs/?limit=many')],
    ] as const
    for (const [status, answer] of refusals) {
      expect(answer.status, answer.text).toBe(status)
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.json.status).toBe(status)
      expect(String(answer.json.title)).not.toBe('')
      expect(String(answer.json.detail).length).toBeGreaterThan(5)
      expect(answer.text).not.toMatch(/node_modules|at .*\.(js|ts):\d+/)
    }
  })

  test('an invalid definition lists every fault, and its sentence names the first three', async () => {
    const answer = await service.post('/jobs/', {
      name: '',
      retries: -1,
      timeout: 0.5,
      priority: 'x',
      executor: { type: 'shell', script: ' ' },
    })
    expect(answer.status).toBe(422)
    expect(answer.json.errors).toHaveLength(5)
    expect(String(answer.json.detail).split('; ')).toHaveLength(3)
    expect(answer.json.errors).toContainEqual({ path: 'retries', message: 'must be at least 0' })
  })

  test('a path without such a method answers 405 and says which there are', async () => {
    const answer = await service.ask('PATCH', '/jobs/abc/')
    expect(answer.status).toBe(405)
    expect(String(answer.headers.allow).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT'])
  })

  test('a failure nobody foresaw is a 500 that tells nothing, and the log tells all', async () => {
    const list = service.world.store.jobs.list
    service.world.store.jobs.list = async () => {
      throw new Error('the disk at /secret/path is on fire')
    }
    const answer = await service.get('/jobs/')
    service.world.store.jobs.list = list
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('secret')
    expect(JSON.stringify(service.lines.at(-1)?.fields.route)).toContain('/jobs/')
  })
})

describe('bodies', () => {
  test('a definition above 1 MiB and any body above 8 MiB are too large', async () => {
    const big = aJob({ executor: { type: 'shell', script: 'x'.repeat(1024 * 1024) } })
    expect((await service.post('/jobs/', big)).status).toBe(413)
    expect((await service.put(`/jobs/${await paused()}`, big)).status).toBe(413)
    expect((await service.post('/jobs/validate', big)).status).toBe(413)
    expect((await service.ask('POST', '/admin/domains', { raw: 'x'.repeat(8 * 1024 * 1024 + 1) })).status).toBe(413)
  })

  test('routes whose body is optional take a JSON object of any type, and ignore every other body', async () => {
    const id = await paused()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const asked of [
      {},
      { headers: form },
      { raw: 'a=b', headers: form },
      { raw: '[1]' },
      { raw: '{bad' },
      { headers: { 'content-type': 'application/json' } },
      { raw: 'x', headers: { 'content-type': 'nonsense' } },
    ])
      expect((await service.ask('POST', `/jobs/${id}/run`, asked)).json.queued, JSON.stringify(asked)).toBe(true)
    expect((await service.ask('POST', `/jobs/${id}/validate`, { raw: '{"name":""}', headers: form })).json.valid).toBe(
      false,
    )
    expect((await service.ask('POST', `/jobs/${id}/validate`, { raw: 'a=b', headers: form })).json.valid).toBe(true)
  })

  test('JSON that is not UTF-8 is malformed', async () => {
    const answer = await service.server.app.inject({
      method: 'POST',
      url: '/jobs/',
      headers: { 'x-api-key': 'an-admin-token', 'content-type': 'application/json' },
      payload: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    })
    expect(answer.statusCode).toBe(400)
  })

  test('operators and prototypes are data or dropped, never obeyed', async () => {
    expect(
      (await service.ask('POST', '/jobs/', { raw: '{"name":{"$gt":""},"executor":{"type":"shell","script":"true"}}' }))
        .status,
    ).toBe(422)
    const raw =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"name":"x","executor":{"type":"shell","script":"true","env":{"__proto__":"a"}}}'
    expect((await service.ask('POST', '/jobs/', { raw })).status).toBe(201)
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
    for (const query of ['status[$ne]=x', '__proto__=x', 'constructor=x', 'limit[]=1'])
      expect((await service.get(`/history/?${query}`)).status, query).toBe(200)
    expect((await service.get('/history/?limit=1&limit=2')).status).toBe(422)
  })
})

test('every route is the same with and without its trailing slash', async () => {
  const id = await paused()
  for (const path of [
    '/jobs',
    '/workers',
    '/history',
    '/runs',
    '/queue/overview',
    '/overview/jobs',
    `/jobs/${id}`,
    `/jobs/${id}/runs`,
    '/health',
    '/ready',
    '/admin/domains',
    '/openapi.json',
  ])
    for (const url of [path, `${path}/`]) expect((await service.get(url)).status, url).toBe(200)
})
