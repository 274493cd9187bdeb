import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminToken, aJob, aPausedJob, Service } from './harness.ts'

let service: Service
let a: string
let b: string
beforeAll(async () => {
  service = await Service.open()
  a = await service.domain('a')
  b = await service.domain('b')
})
afterAll(() => service.close())

const guarded = [
  '/jobs/',
  '/workers/',
  '/overview/jobs',
  '/history/',
  '/runs/',
  '/queue/overview',
  '/events/stream',
  '/admin/domains',
  '/metrics',
]

describe('tokens', () => {
  test('without a token, or with an unknown one, guarded routes answer 401 and open ones answer', async () => {
    for (const path of guarded)
      for (const token of [null, 'nonsense']) expect((await service.get(path, { token })).status, path).toBe(401)
    for (const path of ['/health', '/ready', '/openapi.json', '/docs', '/docs/static/swagger-initializer.js'])
      for (const token of [null, 'nonsense']) expect((await service.get(path, { token })).status, path).toBe(200)
  })

  test('a token travels as x-api-key, as Bearer or bare, and x-api-key wins', async () => {
    for (const headers of [{ authorization: `Bearer ${a}` }, { authorization: `bearer  ${a}` }, { authorization: a }])
      expect((await service.get('/jobs/', { token: null, headers })).status).toBe(200)
    expect((await service.get('/jobs/', { token: a, headers: { authorization: 'Bearer nonsense' } })).status).toBe(200)
    expect((await service.get('/jobs/', { token: 'nonsense', headers: { authorization: `Bearer ${a}` } })).status).toBe(
      401,
    )
    expect((await service.get('/jobs/', { token: '', headers: { authorization: `Bearer ${a}` } })).status).toBe(200)
  })

  test('?token= counts on the two streams alone', async () => {
    expect((await service.get(`/jobs/?token=${a}`, { token: null })).status).toBe(401)
    const { json } = await service.post('/jobs/', aJob(), { token: a })
    const [run] = (await service.get(`/jobs/${json._id}/runs`, { token: a })).list
    expect((await service.get(`/runs/${run?._id}/log?token=${a}`, { token: null })).status).toBe(401)
    expect((await service.get('/runs/nope/stream?token=nonsense', { token: null })).status).toBe(401)
    expect((await service.get(`/runs/nope/stream?token=${a}`, { token: null })).status).toBe(404)
  })

  test('a domain token on admin routes is forbidden', async () => {
    expect((await service.get('/admin/domains', { token: a })).status).toBe(403)
    expect((await service.post('/admin/domains', { domain: 'x' }, { token: a })).status).toBe(403)
    expect((await service.ask('DELETE', '/admin/domains/b', { token: a })).status).toBe(403)
  })

  test('a replaced token ends at once, and the new one works at once', async () => {
    const old = await service.domain('rotating')
    expect((await service.get('/jobs/', { token: old })).status).toBe(200)
    const { json } = await service.put('/admin/domains/rotating', { token: 'a-fresh-token-of-some-length-0123456789' })
    expect((await service.get('/jobs/', { token: old })).status).toBe(401)
    expect((await service.get('/jobs/', { token: String(json.token) })).status).toBe(200)
    const rotated = await service.post('/admin/domains/rotating/token')
    expect((await service.get('/jobs/', { token: String(json.token) })).status).toBe(401)
    expect((await service.get('/jobs/', { token: String(rotated.json.token) })).status).toBe(200)
  })
})

describe('tenants', () => {
  test('lists, figures and health show the token’s domain alone; the admin’s all, or the one that ?domain= names', async () => {
    await service.post('/jobs/', aJob({ name: 'of b', queue: 'nobody' }), { token: b })
    for (const path of ['/jobs/', '/history/', '/runs/', '/overview/jobs']) {
      const names = (list: readonly Record<string, unknown>[]) => new Set(list.map((row) => row.name ?? row.job_name))
      expect(names((await service.get(path, { token: b })).list), path).toEqual(new Set(['of b']))
      expect(names((await service.get(`${path}?domain=b`)).list)).toEqual(new Set(['of b']))
      expect(names((await service.get(path)).list).size).toBeGreaterThan(1)
    }
    expect((await service.get('/health', { token: b })).json.pending_jobs).toBe(1)
    expect(Number((await service.get('/health', { token: null })).json.pending_jobs)).toBeGreaterThan(1)
    expect((await service.get('/health?domain=b')).json.pending_jobs).toBe(1)
  })

  test('an admin creates in the default domain, in ?domain=, or where the body says; an unknown one is refused', async () => {
    expect((await service.post('/jobs/', aPausedJob())).json.domain).toBe('prod')
    expect((await service.post('/jobs/?domain=a', aPausedJob())).json.domain).toBe('a')
    expect((await service.post('/jobs/', aPausedJob({ domain: 'b' }))).json.domain).toBe('b')
    expect((await service.post('/jobs/?domain=a', aPausedJob({ domain: 'b' }))).json.domain).toBe('a')
    expect((await service.post('/jobs/', aPausedJob({ domain: 'nowhere' }))).status).toBe(422)
    expect((await service.post('/jobs/?domain=nowhere', aPausedJob())).status).toBe(404)
    expect((await service.get('/jobs/?domain=nowhere')).status).toBe(404)
    expect((await service.post('/jobs/', aPausedJob({ domain: 'b' }), { token: a })).json.domain).toBe('a')
    const { json } = await service.post('/jobs/?domain=a', aPausedJob())
    expect((await service.put(`/jobs/${json._id}`, { name: 'by its id' })).json.domain).toBe('a')
    expect((await service.put(`/jobs/${json._id}?domain=b`, { name: 'x' })).status).toBe(404)
  })
})

test('over 60 wrong tokens a minute from one address, further wrong ones wait; a valid one passes, a missing one counts for nothing', async () => {
  const own = await Service.open()
  try {
    for (let i = 0; i < 60; i += 1) expect((await own.get('/jobs/', { token: `wrong-${i}` })).status).toBe(401)
    const refused = await own.get('/jobs/', { token: 'wrong-again' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await own.get('/jobs/', { token: adminToken })).status).toBe(200)
    expect((await own.get('/jobs/', { token: null })).status).toBe(401)
    expect((await own.get('/health', { token: 'wrong' })).status).toBe(200)
  } finally {
    await own.close()
  }
})
