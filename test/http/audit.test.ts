import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminToken, aJob, aPausedJob, type Fields, Service } from './harness.ts'

let service: Service
let acme: string
beforeAll(async () => {
  service = await Service.open()
  acme = await service.domain('acme')
})
afterAll(() => service.close())

const list = async (query = '', token = adminToken): Promise<readonly Fields[]> => {
  const answer = await service.get(`/audit/${query}`, { token })
  expect(answer.status, answer.text).toBe(200)
  return answer.list
}
/** What was done to something, oldest first: the act, by whom, and what it was and became. */
const deeds = async (object: unknown): Promise<readonly unknown[]> =>
  (await list(`?object=${object}&order=asc`)).map(({ action, actor, before, after }) => [action, actor, before, after])

test('tells of a job who made, changed, ran and deleted it, when, from where, and what was before', async () => {
  const secret = 'hunter2-hunter2'
  const executor = { type: 'shell', script: `echo ${secret}`, env: { PASSWORD: secret } }
  const { json } = await service.post('/jobs/', aPausedJob({ name: 'one' }), {
    token: acme,
    headers: { 'user-agent': 'a-client/1' },
  })
  await service.put(`/jobs/${json._id}`, { name: 'two', executor })
  const run = (await service.post(`/jobs/${json._id}/run`, undefined, { token: acme })).json.run_id
  await service.ask('DELETE', `/jobs/${json._id}`, { token: acme })
  expect(await deeds(json._id)).toEqual([
    ['job.create', 'default', null, { name: 'one' }],
    [
      'job.update',
      'admin',
      { version: 1, name: 'one', 'executor.script': '(hidden)', 'executor.env': '(hidden)' },
      { version: 2, name: 'two', 'executor.script': '(hidden)', 'executor.env': '(hidden)' },
    ],
    ['job.run', 'default', null, { run_id: run }],
    ['job.delete', 'default', { name: 'two', version: 2 }, null],
  ])
  const [first, second] = await list(`?object=${json._id}&order=asc`)
  const tokens = (await service.get('/admin/domains/acme/tokens')).list
  expect(first).toEqual({
    _id: expect.any(String),
    at: json.created_at,
    domain: 'acme',
    actor: 'default',
    token_id: tokens[0]?.id,
    action: 'job.create',
    object: json._id,
    before: null,
    after: { name: 'one' },
    address: '127.0.0.1',
    agent: 'a-client/1',
  })
  expect(second).toMatchObject({ actor: 'admin', token_id: null, domain: 'acme' })
  expect((await service.get('/audit/')).text).not.toContain(secret)
})

test('tells of runs: adhoc, cancelled once, and retried; not of what followed by itself, nor of what was refused', async () => {
  const job = (await service.post('/jobs/adhoc', aJob({ name: 'once', queue: 'nobody' }))).json._id
  const run = (await service.get(`/jobs/${job}/runs`)).list[0]?._id
  await service.post(`/runs/${run}/cancel`)
  expect((await service.post(`/runs/${run}/cancel`)).status).toBe(409)
  const again = (await service.post(`/runs/${run}/retry`)).json.run_id
  await service.post(`/runs/${again}/retry`)
  expect(await deeds(job)).toEqual([['job.adhoc', 'admin', null, { name: 'once' }]])
  expect(await deeds(run)).toEqual([
    ['run.cancel', 'admin', { status: 'pending' }, { status: 'cancelled', job_id: job }],
    ['run.retry', 'admin', null, { run_id: again }],
  ])
  await service.ask('DELETE', `/jobs/${job}`)
  expect((await service.get(`/runs/${again}`)).json.status).toBe('cancelled')
  expect(await deeds(again)).toEqual([])
  const before = (await list('?limit=1000')).length
  for (const body of [{}, aJob({ timeout: -1 })]) await service.post('/jobs/', body)
  await service.put('/jobs/nope', { name: 'x' })
  await service.put(`/jobs/${job}`, { name: 'x' }, { headers: { 'if-match': '"7"' } })
  expect(await list('?limit=1000')).toHaveLength(before)
})

test('a repeat under an Idempotency-Key is one act', async () => {
  const asked = { headers: { 'idempotency-key': 'k' } }
  const job = (await service.post('/jobs/', aPausedJob(), asked)).json._id
  await service.post('/jobs/', aPausedJob(), asked)
  expect(await deeds(job)).toHaveLength(1)
})

test('tells of workers and domains; a state that it had already is no change', async () => {
  await service.world.worker({ worker_id: 'w7' })
  for (const state of ['draining', 'draining', 'online']) await service.post('/workers/w7/state', { state })
  expect(await deeds('w7')).toEqual([
    ['worker.state', 'admin', { state: 'online' }, { state: 'draining' }],
    ['worker.state', 'admin', { state: 'draining' }, { state: 'online' }],
  ])
  await service.post('/admin/domains', { domain: 'short', display_name: 'Short' })
  await service.put('/admin/domains/short', { description: 'lived' })
  await service.post('/jobs/?domain=short', aPausedJob({ name: 'goes too' }))
  await service.ask('DELETE', '/admin/domains/short')
  expect(await deeds('short')).toEqual([
    ['domain.create', 'admin', null, { display_name: 'Short', description: null }],
    [
      'domain.change',
      'admin',
      { display_name: 'Short', description: null },
      { display_name: 'Short', description: 'lived' },
    ],
    ['domain.delete', 'admin', null, null],
  ])
  expect((await list()).slice(0, 2).map(({ action }) => action)).toEqual(['domain.delete', 'job.delete'])
})

test('tells of tokens by name and id, never of what they are', async () => {
  const secrets = [await service.domain('tokens')]
  const collection = '/admin/domains/tokens/tokens'
  const made = await service.post(collection, { name: 'ci', role: 'read', expires_at: '2999-01-01T00:00:00Z' })
  await service.ask('DELETE', `${collection}/${made.json.id}`)
  secrets.push(String(made.json.token))
  for (const query of ['', '?grace_seconds=60'])
    secrets.push(String((await service.post(`/admin/domains/tokens/token${query}`)).json.token))
  const given = 'a-token-that-was-given-0123456789'
  await service.put('/admin/domains/tokens', { token: given })
  const acts = (await list('?domain=tokens&order=asc')).map(({ action, object }) => [action, object])
  const ids = (await service.get(collection)).list.map(({ id }) => id)
  expect(acts).toEqual([
    ['domain.create', 'tokens'],
    ['token.create', ids[1]],
    ['token.create', made.json.id],
    ['token.delete', made.json.id],
    ['domain.rotate', 'tokens'],
    ['token.retire', ids[1]],
    ['domain.rotate', 'tokens'],
    ['domain.rotate', 'tokens'],
  ])
  const ci = { id: made.json.id, name: 'ci', role: 'read', expires_at: '2999-01-01T00:00:00.000Z' }
  expect(await deeds(made.json.id)).toEqual([
    ['token.create', 'admin', null, ci],
    ['token.delete', 'admin', ci, null],
  ])
  const { text } = await service.get('/audit/?limit=1000')
  for (const secret of [...secrets, given, adminToken]) expect(text).not.toContain(secret)
})

test('a token sees its own domain’s entries, also the admin’s there, and none of an earlier domain of that name', async () => {
  const job = (await service.post('/jobs/?domain=acme', aPausedJob())).json._id
  const mine = await list('', acme)
  expect(new Set(mine.map(({ domain }) => domain))).toEqual(new Set(['acme']))
  expect(mine[0]).toMatchObject({ action: 'job.create', actor: 'admin', object: job })
  expect(await list(`?object=${job}`, await service.domain('other'))).toEqual([])
  await service.domain('again')
  await service.ask('DELETE', '/admin/domains/again')
  const { history } = service.world.store
  expect(await history.domains.empty('again', 100)).toBe(true)
  await history.domains.forget('again')
  const token = await service.domain('again')
  expect((await list('?order=asc', token)).map(({ action }) => action)).toEqual(['domain.create', 'token.create'])
  expect((await list('?object=again&order=asc')).map(({ action }) => action)).toEqual([
    'domain.create',
    'domain.delete',
    'domain.create',
  ])
})

test('is narrowed by time and actor, and paged like every list', async () => {
  const since = (await list('?limit=3')).at(-1)?.at
  expect((await list(`?since=${since}`)).length).toBeGreaterThanOrEqual(3)
  expect((await list(`?since=${since}&actor=default`)).every(({ actor }) => actor === 'default')).toBe(true)
  expect(await list('?since=2999-01-01')).toEqual([])
  const whole = (await list('?limit=1000')).map(({ _id }) => _id)
  const paged: unknown[] = []
  for (let url = '/audit/?limit=7'; url !== ''; ) {
    const page = await service.get(url)
    paged.push(...page.list.map(({ _id }) => _id))
    url = /<([^>]+)>; rel="next"/.exec(String(page.headers.link))?.[1] ?? ''
  }
  expect(paged).toEqual(whole)
  for (const query of ['?since=yesterday', '?cursor=x', '?actor=a&actor=b'])
    expect((await service.get(`/audit/${query}`)).status).toBe(422)
})
