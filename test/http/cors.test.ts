import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostGuard } from '../../src/http/cors.ts'
import { Service } from './harness.ts'

const origin = 'http://localhost:5173'
let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

test('a preflight needs no token and answers 204 with what is allowed, on any path', async () => {
  for (const path of ['/jobs/', '/runs/x/stream', '/nowhere']) {
    const answer = await service.ask('OPTIONS', path, {
      token: null,
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': expect.stringContaining('x-api-key'),
      vary: 'Origin',
    })
  }
})

test('every answer to an allowed origin carries it, errors too; another origin gets nothing', async () => {
  for (const [url, token] of [
    ['/jobs/', null],
    ['/jobs/', 'nonsense'],
    ['/jobs/nope', 'an-admin-token'],
    ['/nowhere', null],
    ['/health', null],
    ['/jobs/%zz', null],
  ] as const) {
    const answer = await service.get(url, { token, headers: { origin } })
    expect(answer.headers['access-control-allow-origin'], url).toBe(origin)
    expect(answer.headers['access-control-expose-headers']).toBe('Link, ETag, Retry-After, Location')
    expect(
      (await service.get(url, { token, headers: { origin: 'http://evil.example' } })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined()
  }
})

test('* allows every origin', async () => {
  const open = await Service.open({ corsAllowOrigins: ['*'] })
  expect(
    (await open.get('/health', { headers: { origin: 'http://any.example' } })).headers['access-control-allow-origin'],
  ).toBe('*')
  await open.close()
})

describe('the Host of a request', () => {
  test('on loopback it must be a loopback name or an allowed one', async () => {
    for (const host of ['localhost:8000', '127.0.0.1', '[::1]:8000', 'app.localhost'])
      expect((await service.get('/health', { headers: { host } })).status, host).toBe(200)
    const refused = await service.get('/health', { headers: { host: 'evil.example:8000', origin } })
    expect(refused.status).toBe(403)
    expect(refused.headers['access-control-allow-origin']).toBe(origin)
  })

  test('ALLOWED_HOSTS adds names, and a server that listens elsewhere does not ask', () => {
    expect(hostGuard('127.0.0.1', ['jobs.example'])('jobs.example:8000')).toBeNull()
    expect(hostGuard('::1', [])('jobs.example')).not.toBeNull()
    expect(hostGuard('0.0.0.0', [])('jobs.example')).toBeNull()
  })
})

test('answers forbid framing, sniffing and foreign scripts', async () => {
  const { headers } = await service.get('/jobs/nope')
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': expect.stringContaining("script-src 'self'"),
  })
})
