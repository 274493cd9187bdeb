import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../src/http/server.ts'
import { SignInCodes } from '../../src/http/sign-in-codes.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { adminToken, aPausedJob, Service } from './harness.ts'

describe('the page', () => {
  let service: Service
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hydra-page-'))
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<script nonce="__CSP_NONCE__" src="/ui/assets/a-1.js"></script>')
    writeFileSync(join(folder, 'theme.js'), 'theme')
    writeFileSync(join(folder, 'assets', 'a-1.js'), 'program')
    writeFileSync(join(folder, 'assets', 'a-1.js.br'), 'shrunk')
    service = await Service.open({ page: folder })
  })
  afterAll(async () => {
    await service.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const get = (url: string, headers: Record<string, string> = {}) => service.get(url, { token: null, headers })

  test('the root leads to it, and each of its paths is answered with it, under a policy with a nonce of its own', async () => {
    expect(await get('/')).toMatchObject({ status: 302, headers: { location: '/ui/' } })
    const answers = [await get('/ui/'), await get('/ui'), await get('/ui/runs/some.id?line=3')]
    const nonces = answers.map(({ text }) => /nonce="([^"]+)"/.exec(text)?.[1] ?? '')
    expect(new Set(nonces).size).toBe(3)
    for (const [at, { status, headers }] of answers.entries()) {
      expect({ status, cache: headers['cache-control'] }).toEqual({ status: 200, cache: 'no-store' })
      const policy = String(headers['content-security-policy'])
      for (const part of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"])
        expect(policy.split('; ')).toContain(part)
      expect(policy.split('; ')).toContain(`style-src 'self' 'nonce-${nonces[at]}'`)
      expect(policy).not.toContain('unsafe')
    }
  })

  test('files are kept by their names for ever, others are asked for again; a file of another build is a 404', async () => {
    const asset = await get('/ui/assets/a-1.js')
    expect(asset).toMatchObject({ status: 200, text: 'program' })
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    const again = await get('/ui/assets/a-1.js', { 'if-none-match': String(asset.headers.etag) })
    expect(again).toMatchObject({ status: 304, text: '' })
    const small = await get('/ui/assets/a-1.js', { 'accept-encoding': 'br' })
    expect(small).toMatchObject({ text: 'shrunk', headers: { 'content-encoding': 'br' } })
    expect((await get('/ui/theme.js')).headers['cache-control']).toBe('public, no-cache')
    for (const url of ['/ui/assets/a-2.js', '/ui/assets/..%2f..%2fpackage.json', '/ui/assets/a-1.js.br'])
      expect((await get(url)).status, url).toBe(404)
  })

  test('where it was not built there is no root, and the API works', async () => {
    const bare = await Service.open({ page: join(folder, 'nothing') })
    expect([(await bare.get('/')).status, (await bare.get('/ui/')).status]).toEqual([404, 404])
    expect((await bare.get('/jobs/')).status).toBe(200)
    await bare.close()
  })
})

describe('signing in by a link', () => {
  let service: Service
  const codes = new SignInCodes()
  beforeAll(async () => {
    const { world, server: other } = await Service.open()
    await other.close()
    const config = {
      defaultDomain: 'prod',
      corsAllowOrigins: [],
      allowedHosts: [],
      host: '127.0.0.1',
      port: 0,
      version: '1.2.3',
    }
    const server = await createServer({ plane: world.plane, config, log: silentLog, signInCodes: codes })
    service = new Service(world, server, [])
  })
  afterAll(() => service.close())
  const redeem = (body: unknown) => service.post('/sign-in', body, { token: null })

  test('its code is exchanged once, for the token, which is in no other answer', async () => {
    const code = codes.issue(adminToken, performance.now())
    expect(await redeem({ code })).toMatchObject({ status: 200, json: { token: adminToken } })
    const again = await redeem({ code })
    expect(again).toMatchObject({ status: 401, headers: { 'cache-control': 'no-store' } })
    expect(again.text).not.toContain(code)
    for (const body of [{}, { code: '' }, { code: 7 }, { code: 'x'.repeat(300) }])
      expect((await redeem(body)).status).toBe(422)
    expect((await service.post('/sign-in', undefined, { token: null })).status).toBe(400)
    expect((await service.get(`/sign-in?code=${code}`, { token: null })).status).toBe(405)
  })

  test('who tries many codes is told to wait, and a right one is lost on nobody', async () => {
    const statuses = []
    for (let tries = 0; tries < 70; tries += 1) statuses.push((await redeem({ code: `wrong ${tries}` })).status)
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
    expect(statuses.slice(-5)).toEqual([429, 429, 429, 429, 429])
    const code = codes.issue(adminToken, performance.now())
    expect((await redeem({ code })).status).toBe(200)
  })

  test('a token learns who it is, whatever its role; jobs of an overview are named by ids', async () => {
    expect((await service.get('/whoami')).json).toEqual({
      role: 'admin',
      name: 'admin',
      domain: null,
      default_domain: 'prod',
      version: '1.2.3',
    })
    const own = await service.domain('own')
    const read = await service.post('/admin/domains/own/tokens', { name: 'reader', role: 'read' })
    expect((await service.get('/whoami', { token: own })).json).toMatchObject({ role: 'domain', domain: 'own' })
    const reader = { token: String(read.json.token) }
    expect((await service.get('/whoami', reader)).json).toMatchObject({ role: 'read', name: 'reader', domain: 'own' })
    expect((await service.get('/whoami', { token: null })).status).toBe(401)

    const ids: string[] = []
    for (const name of ['a', 'b', 'c'])
      ids.push(String((await service.post('/jobs/', aPausedJob({ name }), { token: own })).json._id))
    const foreign = String((await service.post('/jobs/', aPausedJob())).json._id)
    const url = `/overview/jobs?limit=2&job_id=${[...ids, foreign].join(',')}`
    const first = await service.get(url, { token: own })
    expect(first.list.map(({ name }) => name)).toEqual(['c', 'b'])
    const next = /<([^>]+)>/.exec(String(first.headers.link))?.[1] ?? ''
    const second = await service.get(next, { token: own })
    expect(second.list.map(({ name }) => name)).toEqual(['a'])
    expect(second.headers.link).toBeUndefined()
  })
})
