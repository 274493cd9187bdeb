import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aChunk } from '../builders.ts'
import { adminToken, aJob, Service } from './harness.ts'

/**
 * Who may use each route of the API's own description: a route that no rule names fails, so none comes without a decision.
 * A worker's link is for domain and worker tokens; an admin has to name a domain there.
 */
const rules = {
  open: ['GET /health', 'GET /ready', 'POST /sign-in'],
  admin: [
    'GET /metrics',
    'GET /admin/domains',
    'POST /admin/domains',
    'PUT /admin/domains/{domain}',
    'DELETE /admin/domains/{domain}',
    'POST /admin/domains/{domain}/token',
    'GET /admin/domains/{domain}/tokens',
    'POST /admin/domains/{domain}/tokens',
    'DELETE /admin/domains/{domain}/tokens/{id}',
  ],
  see: [
    'GET /jobs/',
    'GET /jobs/{id}',
    'GET /jobs/{id}/runs',
    'GET /jobs/{id}/versions',
    'GET /jobs/{id}/ticks',
    'GET /jobs/{id}/grid',
    'GET /jobs/{id}/gantt',
    'GET /jobs/{id}/graph',
    'GET /overview/jobs',
    'GET /overview/attention',
    'GET /history/',
    'GET /runs/',
    'GET /runs/{id}',
    'GET /runs/{id}/explain',
    'GET /runs/{id}/log',
    'GET /runs/{id}/log/lines',
    'GET /runs/{id}/log/search',
    'GET /runs/{id}/stream',
    'GET /logs/search',
    'GET /events/stream',
    'GET /workers/',
    'GET /workers/{id}/load',
    'GET /queue/overview',
    'GET /stats/runs',
    'GET /stats/planned',
    'GET /audit/',
    'GET /whoami',
  ],
  change: [
    'POST /jobs/',
    'POST /jobs/adhoc',
    'POST /jobs/validate',
    'POST /jobs/{id}/validate',
    'POST /jobs/{id}/run',
    'PUT /jobs/{id}',
    'DELETE /jobs/{id}',
    'POST /jobs/bulk',
    'POST /runs/bulk',
    'POST /runs/{id}/cancel',
    'POST /runs/{id}/retry',
    'POST /workers/{id}/state',
    'POST /schedules/preview',
  ],
  link: [
    'POST /link/register',
    'POST /link/claim',
    'POST /link/renew',
    'POST /link/report',
    'POST /link/cancels',
    'POST /link/goodbye',
  ],
} as const
type Rule = keyof typeof rules

/** `in`: whatever is answered is for who may be there. */
const verdicts = {
  none: { open: 'in', admin: 401, see: 401, change: 401, link: 401 },
  wrong: { open: 'in', admin: 401, see: 401, change: 401, link: 401 },
  admin: { open: 'in', admin: 'in', see: 'in', change: 'in', link: 'in' },
  domain: { open: 'in', admin: 403, see: 'in', change: 'in', link: 'in' },
  read: { open: 'in', admin: 403, see: 'in', change: 403, link: 403 },
  worker: { open: 'in', admin: 403, see: 403, change: 403, link: 'in' },
} as const satisfies Record<string, Record<Rule, 'in' | 401 | 403>>
type Who = keyof typeof verdicts
const everyone = Object.keys(verdicts).filter((who): who is Who => who in verdicts)

interface Route {
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** Names of query parameters. */
  readonly queries: readonly string[]
}

interface Seen {
  readonly status: number
  readonly text: string
}

let service: Service
const tokens: Record<Who, string | null> = {
  none: null,
  wrong: 'a-wrong-token',
  admin: adminToken,
  domain: '',
  read: '',
  worker: '',
}
let foreign: string
/** Things of domain a: a job, a final run of it, a worker. */
const ids = { jobs: '', runs: '', workers: 'worker-of-a' }
const nobody = {
  jobs: '0199ffff-0000-7000-8000-000000000000',
  runs: '0199ffff-0000-7000-8000-000000000001',
  workers: 'nobody',
}
type Kind = keyof typeof ids
let routes: readonly Route[]
let asked = 0

beforeAll(async () => {
  service = await Service.open()
  tokens.domain = await service.domain('a')
  foreign = await service.domain('b')
  for (const role of ['read', 'worker'] as const)
    tokens[role] = String((await service.post('/admin/domains/a/tokens', { name: role, role })).json.token)
  await service.world.worker({ domain: 'a', worker_id: ids.workers })
  const { json } = await service.post('/jobs/', aJob({ queue: 'nobody' }), { token: tokens.domain })
  ids.jobs = String(json._id)
  ids.runs = String((await service.get(`/jobs/${ids.jobs}/runs`)).list[0]?._id)
  await service.world.store.logs.append([aChunk({ run_id: ids.runs, text: 'a line\n' })])
  await service.post(`/runs/${ids.runs}/cancel`)
  routes = routesIn((await service.get('/openapi.json')).json)
})
afterAll(() => service.close())

function routesIn(document: Readonly<Record<string, unknown>>): readonly Route[] {
  const paths: Readonly<
    Record<string, Readonly<Record<string, { parameters?: readonly { in: string; name: string }[] }>>>
  > = Object(document.paths)
  return Object.entries(paths).flatMap(([path, operations]) =>
    (['GET', 'POST', 'PUT', 'DELETE'] as const).flatMap((method) => {
      const operation = operations[method.toLowerCase()]
      if (operation === undefined) return []
      const queries = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name)
      return [{ name: `${method} ${path}`, method, path, queries }]
    }),
  )
}

const ruleNames = Object.keys(rules).filter((rule): rule is Rule => rule in rules)
const ruleOf = ({ name }: Route): Rule | null =>
  ruleNames.find((rule) => rules[rule].some((route) => route === name)) ?? null

const kindOf = (path: string): Kind | undefined =>
  (['jobs', 'runs', 'workers'] as const).find((kind) => path.startsWith(`/${kind}/{id}`))

/** A route's URL with these things in it, and what it cannot do without. */
/** What is planned lies ahead. */
const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)

function urlOf({ path }: Route, of: Record<Kind, string>, query = ''): string {
  const kind = kindOf(path)
  const url = path.replace('{domain}', 'nowhere').replace('{id}', kind ? of[kind] : 'nothing')
  const span = path === '/stats/planned' ? `until=${inAWeek}` : 'since=2026-01-01&until=2026-01-02'
  return `${url}?q=line&${span}&state=online${query}`
}

/** Asks from an address of its own: many wrong tokens from one would be held up. A stream is left when it has begun. */
async function ask({ method }: Route, url: string, token: string | null): Promise<Seen> {
  asked += 1
  const answer = await service.server.app.inject({
    method,
    url,
    remoteAddress: `10.0.${asked >> 8}.${asked & 255}`,
    headers: {
      ...(token !== null && { 'x-api-key': token }),
      ...(method !== 'GET' && { 'content-type': 'application/json' }),
    },
    ...(method !== 'GET' && { payload: '{"name": "x"}' }),
    payloadAsStream: true,
  })
  const stream = answer.stream()
  if (/event-stream/.test(String(answer.headers['content-type']))) {
    stream.destroy()
    return { status: answer.statusCode, text: '' }
  }
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return { status: answer.statusCode, text: Buffer.concat(parts).toString() }
}

describe('access', () => {
  test('every route has a rule', () => {
    expect(routes.filter((route) => ruleOf(route) === null).map(({ name }) => name)).toEqual([])
  })

  test.each(everyone)('%s may what the table says, on every route', async (who) => {
    for (const route of routes) {
      const rule = ruleOf(route)
      const verdict = rule === null ? 'no rule' : verdicts[who][rule]
      // What changes something is asked of things that are not there: who gets that far was let in.
      const url = urlOf(route, rule === 'see' ? ids : nobody, who === 'admin' && rule === 'link' ? '&domain=a' : '')
      const { status, text } = await ask(route, url, tokens[who])
      if (verdict === 'in') {
        expect([401, 403, 429], `${route.name}: ${text}`).not.toContain(status)
        const isRead = rule === 'see' || (rule === 'open' && route.method === 'GET')
        if (isRead) expect(status, `${route.name}: ${text}`).toBeLessThan(300)
        expect(status, `${route.name}: ${text}`).toBeLessThan(500)
      } else expect(status, `${route.name}: ${text}`).toBe(verdict)
    }
  })

  test('what is another tenant’s is answered by every route as what never was, byte for byte, and stays as it is', async () => {
    const things = [
      `/jobs/${ids.jobs}`,
      `/runs/${ids.runs}`,
      '/workers/?domain=a',
      '/audit/?domain=a',
      `/jobs/${ids.jobs}/runs`,
    ]
    const look = () =>
      Promise.all(things.map(async (url) => (await service.get(url)).text.replace(/"last_heartbeat":[\d.]+/, '')))
    const before = await look()
    const addressed = routes.filter(({ path }) => kindOf(path) !== undefined)
    expect(addressed.length).toBeGreaterThan(15)
    for (const route of addressed) {
      const [theirs, none] = [
        await ask(route, urlOf(route, ids), foreign),
        await ask(route, urlOf(route, nobody), foreign),
      ]
      const kind = kindOf(route.path) ?? 'jobs'
      expect(theirs.status, `${route.name}: ${theirs.text}`).toBe(404)
      expect(theirs.text.replaceAll(ids[kind], 'ID'), route.name).toBe(none.text.replaceAll(nobody[kind], 'ID'))
    }
    expect(await look()).toEqual(before)
  })

  test('a filter by what is another tenant’s finds as much as one by what never was', async () => {
    const filters = { job_id: 'jobs', worker_id: 'workers', object: 'jobs' } as const
    let count = 0
    for (const route of routes.filter(({ method, path }) => method === 'GET' && kindOf(path) === undefined))
      for (const [name, kind] of Object.entries(filters).filter(([name]) => route.queries.includes(name))) {
        count += 1
        const url = (id: string) =>
          urlOf(route, nobody, `&${name}=${id}`)
            .replace('since=2026-01-01', 'since=2020-01-01&bucket=1w')
            .replace('until=2026-01-02', 'until=2030-01-01')
        const [theirs, none] = [await ask(route, url(ids[kind]), foreign), await ask(route, url(nobody[kind]), foreign)]
        expect(theirs, `${route.name}?${name}=`).toEqual(none)
        expect((await ask(route, url(ids[kind]), tokens.domain)).status, route.name).toBe(200)
      }
    expect(count).toBeGreaterThan(4)
  })
})
