import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/runtime/ids.ts'
import { type Fields, Service } from './harness.ts'

let service: Service
let own: string
beforeEach(async () => {
  service = await Service.open()
  own = await service.domain('acme')
})
afterEach(() => service.close())

const given = 'a-token-that-was-given-0123456789-abcdef'
const collection = '/admin/domains/acme/tokens'

const make = (body: Fields) => service.post(collection, body)
const list = async (): Promise<readonly Fields[]> => (await service.get(collection)).list
const named = async (name: string): Promise<Fields | undefined> => (await list()).find((one) => one.name === name)
/** How a token is answered. */
const status = async (token: string): Promise<number> => (await service.get('/jobs/', { token })).status
/** Lets time pass for the control plane. */
const pass = (seconds: number): void => {
  service.world.plane.clock.offset += seconds * 1000
}

describe('the collection', () => {
  test('a token is made with a role, shown once, and listed without itself or its hash', async () => {
    const made = await make({ name: 'ci', role: 'read', expires_at: '2999-01-01T00:00:00Z', surprise: 1 })
    expect(made.status).toBe(201)
    expect(made.json).toEqual({ ok: true, id: expect.any(String), token: expect.stringMatching(/^[\w-]{43}$/) })
    expect(made.headers.location).toBe(`${collection}/${made.json.id}`)
    const all = await service.get(collection)
    expect(all.list.map(({ name }) => name)).toEqual(['ci', 'default'])
    expect(all.list[0]).toEqual({
      id: made.json.id,
      name: 'ci',
      domain: 'acme',
      role: 'read',
      created_at: expect.stringMatching(/Z$/),
      expires_at: '2999-01-01T00:00:00.000Z',
      last_used_at: null,
    })
    for (const secret of [own, String(made.json.token)])
      for (const text of [secret, sha256(secret)]) expect(all.text).not.toContain(text)
  })

  test('the list is paged like every other', async () => {
    await make({ name: 'one', role: 'read' })
    await make({ name: 'two', role: 'read' })
    const first = await service.get(`${collection}?limit=2`)
    expect(first.list.map(({ name }) => name)).toEqual(['two', 'one'])
    const next = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? ''
    expect((await service.get(next)).list.map(({ name }) => name)).toEqual(['default'])
    expect((await service.get(`${collection}?limit=nothing`)).status).toBe(422)
  })

  test('what cannot be a token is refused with every fault, and leaves no trace', async () => {
    const refused: readonly (readonly [Fields, RegExp])[] = [
      [{}, /name: is required.*role: must be one of domain, worker, read/],
      [{ name: ' ', role: 'read' }, /name/],
      [{ name: 'a\u0007b', role: 'read' }, /control/],
      [{ name: 'admin', role: 'read' }, /admin/],
      [{ name: 'default', role: 'read' }, /role: must be domain/],
      [{ name: 'x', role: 'admin' }, /role/],
      [{ name: 'x', role: 'read', expires_at: 5 }, /expires_at/],
      [{ name: 'x', role: 'read', expires_at: '2001-01-01T00:00:00Z' }, /in the future/],
    ]
    for (const [body, sentence] of refused) {
      const answer = await make(body)
      expect([answer.status, answer.json.detail]).toEqual([422, expect.stringMatching(sentence)])
    }
    expect(await list()).toHaveLength(1)
    expect((await service.post('/admin/domains/nowhere/tokens', { name: 'x', role: 'read' })).status).toBe(404)
    expect((await service.get('/admin/domains/nowhere/tokens')).status).toBe(404)
  })

  test('a name is its domain’s once; when its token has ended or expired, it can be given again', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString()
    const first = await make({ name: 'ci', role: 'read', expires_at: soon })
    const again = await make({ name: 'ci', role: 'read' })
    expect([again.status, again.json.detail]).toEqual([409, expect.stringContaining('ci')])
    await service.domain('other')
    expect((await service.post('/admin/domains/other/tokens', { name: 'ci', role: 'read' })).status).toBe(201)
    pass(61)
    const second = await make({ name: 'ci', role: 'worker' })
    expect(second.status).toBe(201)
    expect(await status(String(first.json.token))).toBe(401)
    expect((await service.ask('DELETE', `${collection}/${second.json.id}`)).json).toEqual({ ok: true })
    expect((await make({ name: 'ci', role: 'read' })).status).toBe(201)
  })

  test('a token that is ended, or expires, is refused at once; one that ended already, or is another domain’s, is not there', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString()
    const [short, long] = [
      await make({ name: 'short', role: 'domain', expires_at: soon }),
      await make({ name: 'long', role: 'domain' }),
    ]
    const [mortal, lasting] = [String(short.json.token), String(long.json.token)]
    expect([await status(mortal), await status(lasting)]).toEqual([200, 200])
    pass(61)
    expect([await status(mortal), await status(lasting)]).toEqual([401, 200])
    await service.domain('other')
    const foreign = await service.ask('DELETE', `/admin/domains/other/tokens/${long.json.id}`)
    const none = await service.ask('DELETE', '/admin/domains/other/tokens/nope')
    expect([foreign.status, foreign.text.replace(String(long.json.id), 'nope')]).toEqual([404, none.text])
    expect(await status(lasting)).toBe(200)
    expect((await service.ask('DELETE', `${collection}/${long.json.id}`)).status).toBe(200)
    expect(await status(lasting)).toBe(401)
    expect((await service.ask('DELETE', `${collection}/${long.json.id}`)).status).toBe(404)
  })

  test('the default and the last token can be ended; a rotation makes a new default', async () => {
    const id = (await named('default'))?.id
    expect((await service.ask('DELETE', `${collection}/${id}`)).status).toBe(200)
    expect([await status(own), await list()]).toEqual([401, []])
    const { json } = await service.post('/admin/domains/acme/token')
    expect(await status(String(json.token))).toBe(200)
    expect((await list()).map(({ name, role }) => [name, role])).toEqual([['default', 'domain']])
  })

  test('a secret is never answered twice: an Idempotency-Key does nothing here', async () => {
    const asked = { headers: { 'idempotency-key': 'k' } }
    expect((await service.post(collection, { name: 'once', role: 'read' }, asked)).status).toBe(201)
    expect((await service.post(collection, { name: 'once', role: 'read' }, asked)).status).toBe(409)
  })

  test('the last use is noted, at most once a minute', async () => {
    const { domains } = service.world.store
    const usedToken = domains.usedToken.bind(domains)
    const noted: number[] = []
    domains.usedToken = async (id, at) => {
      await usedToken(id, at)
      noted.push(at)
    }
    for (let i = 0; i < 5; i += 1) await status(own)
    await service.world.until('the first use', () => noted.length === 1)
    const used = async () => Date.parse(String((await named('default'))?.last_used_at))
    expect(await used()).toBe(noted[0])
    pass(59)
    await status(own)
    pass(2)
    await status(own)
    await service.world.until('the second use', () => noted.length === 2)
    expect(await used()).toBe(noted[1])
    expect(await used()).toBeGreaterThanOrEqual((noted[0] ?? 0) + 60_000)
  })
})

describe('rotation with a grace', () => {
  const rotate = async (query: string): Promise<string> => {
    const answer = await service.post(`/admin/domains/acme/token${query}`)
    expect(answer.status, answer.text).toBe(200)
    return String(answer.json.token)
  }

  test('keeps the old token beside the new one until it is over', async () => {
    const fresh = await rotate('?grace_seconds=60')
    expect([await status(own), await status(fresh)]).toEqual([200, 200])
    const [first, second] = await list()
    expect(first).toMatchObject({ name: 'default', expires_at: null })
    expect(second?.name).toMatch(/^default-old-/)
    expect(second?.expires_at).toMatch(/Z$/)
    pass(61)
    expect([await status(own), await status(fresh)]).toEqual([401, 200])
  })

  test('each rotation has its own; one without, and a deletion, end at once', async () => {
    const second = await rotate('?grace_seconds=60')
    const third = await rotate('?grace_seconds=600')
    expect([await status(own), await status(second), await status(third)]).toEqual([200, 200, 200])
    pass(61)
    expect([await status(own), await status(second), await status(third)]).toEqual([401, 200, 200])
    const old = (await list()).find(({ expires_at }) => Date.parse(String(expires_at)) > Date.now() + 120_000)
    await service.ask('DELETE', `${collection}/${old?.id}`)
    expect([await status(second), await status(third)]).toEqual([401, 200])
    const fourth = await rotate('?grace_seconds=0')
    expect([await status(third), await status(fourth)]).toEqual([401, 200])
  })

  test('holds for a token that is given, and the same token again changes nothing', async () => {
    const put = (query: string) => service.put(`/admin/domains/acme${query}`, { token: given })
    expect((await put('?grace_seconds=60')).json.token).toBe(given)
    expect([await status(own), await status(given)]).toEqual([200, 200])
    expect((await put('?grace_seconds=60')).status).toBe(200)
    expect(await list()).toHaveLength(2)
    expect((await service.put('/admin/domains/acme', { token: own })).status).toBe(409)
    expect([await status(own), await status(given)]).toEqual([200, 200])
  })

  test('what cannot be one is refused, and the old token stays', async () => {
    for (const grace of ['-1', 'long', '0.5', String(31 * 86_400)]) {
      const answer = await service.post(`/admin/domains/acme/token?grace_seconds=${grace}`)
      expect([answer.status, answer.json.detail]).toEqual([422, expect.stringMatching(/^grace_seconds: must be /)])
    }
    expect(await status(own)).toBe(200)
    expect(await list()).toHaveLength(1)
  })

  test('two at once leave one default, and both answers’ tokens were real', async () => {
    const answers = await Promise.all(['?grace_seconds=60', '?grace_seconds=60', ''].map(rotate))
    const names = (await list()).map(({ name }) => name)
    expect(names.filter((name) => name === 'default')).toHaveLength(1)
    const good = await Promise.all(answers.map(status))
    expect(good).toContain(200)
  })

  test('tokens that expired long ago leave the list when another is made', async () => {
    await rotate('?grace_seconds=60')
    pass(86_400)
    await rotate('')
    expect(await list()).toHaveLength(2)
    pass(31 * 86_400)
    await rotate('')
    expect((await list()).map(({ name }) => name)).toEqual(['default'])
  })
})

test('a token whose domain is gone opens nothing, and nothing of it opens a new domain of that name', async () => {
  const { domains } = service.world.store
  const [token] = await domains.tokens('acme')
  await service.ask('DELETE', '/admin/domains/acme')
  if (token) await domains.insertToken(token)
  expect(await status(own)).toBe(401)
  const { history } = service.world.store
  expect(await history.domains.empty('acme', 100)).toBe(true)
  await history.domains.forget('acme')
  expect((await service.post('/admin/domains', { domain: 'acme' })).status).toBe(201)
  expect(await status(own)).toBe(401)
})
