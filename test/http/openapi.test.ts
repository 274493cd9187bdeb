import { afterAll, beforeAll, expect, test } from 'vitest'
import { Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
})
afterAll(() => service.close())

/** The value at a path of a JSON document. */
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, name) => (typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined),
    value,
  )

test('routes are described, with their problem', async () => {
  const { json } = await service.get('/openapi.json', { token: null })
  expect(json.openapi).toBe('3.1.0')
  const paths = Object.keys(Object(json.paths))
  for (const path of [
    '/jobs/',
    '/jobs/{id}',
    '/jobs/adhoc',
    '/runs/{id}/log',
    '/runs/{id}/log/lines',
    '/runs/{id}/log/search',
    '/logs/search',
    '/events/stream',
    '/admin/domains/{domain}',
    '/workers/{id}/state',
  ])
    expect(paths).toContain(path)
  expect(
    at(json, 'paths', '/jobs/', 'get', 'responses', 'default', 'content', 'application/problem+json', 'schema'),
  ).toEqual({ $ref: '#/components/schemas/Problem' })
})

test('answers that are no JSON document are described by their type', async () => {
  const { json } = await service.get('/openapi.json', { token: null })
  const content = (path: string) => at(json, 'paths', path, 'get', 'responses', '200', 'content')
  expect(content('/runs/{id}/log')).toEqual({ 'text/plain': { schema: { type: 'string' } } })
  expect(content('/logs/search')).toEqual({
    'application/x-ndjson': { schema: { $ref: '#/components/schemas/RunHit' } },
  })
})

test('a body shows what lies inside lenient fields, and requires only what has no default', async () => {
  const { json } = await service.get('/openapi.json', { token: null })
  const body = at(json, 'paths', '/jobs/', 'post', 'requestBody', 'content', 'application/json', 'schema')
  expect(at(body, 'required')).toEqual(['name', 'executor'])
  expect(at(body, 'properties', 'retries')).toMatchObject({ type: 'integer', minimum: 0, maximum: 1000 })
  expect(at(body, 'properties', 'schedule', 'properties', 'mode')).toMatchObject({
    enum: ['immediate', 'interval', 'cron'],
  })
  const job = at(json, 'components', 'schemas', 'Job')
  expect(at(job, 'required')).toContain('affinity')
  expect(at(job, 'properties', 'affinity', 'required')).toContain('tags')
})

test('answers carry exactly the fields that are described', async () => {
  const { json } = await service.get('/openapi.json')
  const described = (name: string) => Object.keys(Object(at(json, 'components', 'schemas', name, 'properties'))).sort()
  const job = await service.post('/jobs/', { name: 'x', executor: { type: 'shell', script: 'true' } })
  await service.world.worker()
  const [run] = (await service.get('/runs/')).list
  const whole = await service.get(`/runs/${run?._id}`)
  const [worker] = (await service.get('/workers/')).list
  for (const [name, shown] of [
    ['Job', job.json],
    ['Run', run],
    ['RunWithAttempts', whole.json],
    ['Worker', worker],
  ] as const)
    expect(Object.keys(Object(shown)).sort(), name).toEqual(described(name))
})

test('the page that shows it needs no script or style from elsewhere', async () => {
  const page = await service.get('/docs', { token: null })
  expect(page.text).toContain('swagger-ui')
  expect(page.text).not.toMatch(/(src|href)="https?:/)
  expect(page.text).not.toMatch(/<script>/)
})
