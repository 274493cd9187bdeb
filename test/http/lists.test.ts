import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answered, aJob, aPausedJob, Service } from './harness.ts'

let service: Service
beforeAll(async () => {
  service = await Service.open()
  for (let i = 0; i < 5; i += 1)
    await service.post('/jobs/', aPausedJob({ name: `job ${i}`, queue: i % 2 === 0 ? 'even' : 'odd' }))
  for (let i = 0; i < 3; i += 1)
    await service.post('/jobs/', aJob({ name: `waits ${i}`, user: `user ${i}`, queue: 'nobody' }))
})
afterAll(() => service.close())

const nextOf = (answer: Answered): string | null =>
  /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1] ?? null

async function pages(url: string, token?: string): Promise<Record<string, unknown>[][]> {
  const all: Record<string, unknown>[][] = []
  for (let next: string | null = url; next !== null; ) {
    const answer = await service.get(next, token ? { token } : {})
    expect(answer.status, answer.text).toBe(200)
    all.push([...answer.list])
    next = nextOf(answer)
  }
  return all
}

test('pages follow each other through the Link header, newest first, without a gap or a repeat', async () => {
  for (const path of ['/jobs/', '/runs/', '/history/', '/overview/jobs']) {
    const [whole] = await pages(path)
    const id = (row: Record<string, unknown>) => String(row._id ?? row.job_id)
    const paged = await pages(`${path}?limit=2`)
    expect(paged.flat().map(id), path).toEqual(whole?.map(id))
    expect(paged.slice(0, -1).every((page) => page.length === 2)).toBe(true)
    const ascending = await pages(`${path}?limit=2&order=asc`)
    expect(ascending.flat().map(id)).toEqual(whole?.map(id).reverse())
  }
})

test('jobs are sorted by name, change, plan and priority; each order has cursors of its own', async () => {
  const names = (rows: readonly Record<string, unknown>[]) => rows.map((job) => job.name)
  for (const by of ['created_at', 'name', 'updated_at', 'next_run_at', 'priority']) {
    const [whole = []] = await pages(`/jobs/?sort=${by}`)
    expect(whole).toHaveLength(8)
    expect(names((await pages(`/jobs/?sort=${by}&limit=3`)).flat())).toEqual(names(whole))
    const [down = []] = await pages(`/jobs/?sort=-${by}`)
    expect(names((await pages(`/jobs/?sort=-${by}&limit=3`)).flat())).toEqual(names(down))
    expect(names(down)).toEqual(names(whole).reverse())
    expect(names((await service.get(`/jobs/?sort=${by}&order=desc`)).list)).toEqual(names(down))
  }
  expect(names((await service.get('/jobs/?sort=name&limit=2')).list)).toEqual(['job 0', 'job 1'])
  const cursor = new URL(nextOf(await service.get('/jobs/?sort=name&limit=1')) ?? '', 'http://x').searchParams.get(
    'cursor',
  )
  expect((await service.get(`/jobs/?sort=priority&cursor=${cursor}`)).status).toBe(422)
  const [mark]: string[] = JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString())
  for (const place of ['by hand', '["an id"]']) {
    const forged = Buffer.from(JSON.stringify([mark, place])).toString('base64url')
    const answer = await service.get(`/jobs/?sort=name&cursor=${forged}`)
    expect([answer.status, answer.json.detail]).toEqual([422, 'cursor: is not a cursor of this list'])
  }
  expect((await service.get(`/jobs/?cursor=${cursor}`)).status).toBe(422)
})

test('the next page keeps the filters of the first', async () => {
  const found = await pages('/jobs/?limit=1&queue=even&tail=5')
  expect(found.flat().map((job) => job.name)).toEqual(['job 4', 'job 2', 'job 0'])
})

test('a cursor holds for its own list, order and domain', async () => {
  const next = nextOf(await service.get('/jobs/?limit=1')) ?? ''
  const cursor = new URL(next, 'http://x').searchParams.get('cursor')
  for (const url of [
    `/runs/?cursor=${cursor}`,
    `/jobs/?cursor=${cursor}&order=asc`,
    `/jobs/?cursor=${cursor}&domain=prod`,
    '/jobs/?cursor=nonsense',
  ])
    expect((await service.get(url)).status, url).toBe(422)
  const { errors } = (await service.get('/runs/?status=odd,even')).json
  expect(errors).toEqual([{ path: 'status', message: expect.stringContaining('must be one of') }])
})

test('a limit above 1000 counts as 1000; values that cannot be used are refused, unknown names ignored', async () => {
  for (const url of [
    '/jobs/?limit=5000',
    '/jobs/?surprise=1',
    '/jobs/?limit=',
    '/jobs/?q=',
    '/runs/?status=pending,running',
    '/runs/?status=pending&status=running',
    '/runs/?since=2026-01-01',
    '/workers/?limit=1',
  ])
    expect((await service.get(url)).status, url).toBe(200)
  for (const url of [
    '/jobs/?limit=0',
    '/jobs/?limit=-1',
    '/jobs/?limit=1.5',
    '/jobs/?order=up',
    '/jobs/?enabled=perhaps',
    '/jobs/?mode=often',
    '/jobs/?sort=color',
    '/runs/?status=odd',
    '/runs/?since=yesterday',
    '/runs/?tail=-1',
  ])
    expect((await service.get(url)).status, url).toBe(422)
})

test('jobs are filtered by name, mode, state and queue', async () => {
  const names = async (query: string) => (await service.get(`/jobs/?${query}`)).list.map((job) => job.name)
  expect(await names('q=job%203')).toEqual(['job 3'])
  expect(await names('mode=interval&queue=odd')).toEqual(['job 3', 'job 1'])
  expect(await names('enabled=true')).toEqual(['waits 2', 'waits 1', 'waits 0'])
  expect((await names('sort=created_at'))[0]).toBe('job 0')
})

test('runs are filtered by status, job, user, time and text', async () => {
  const users = async (query: string) => (await service.get(`/runs/?${query}`)).list.map((run) => run.user)
  expect(await users('status=pending')).toEqual(['user 2', 'user 1', 'user 0'])
  expect(await users('status=success')).toEqual([])
  expect(await users('user=user%201')).toEqual(['user 1'])
  expect(await users('q=waits%202')).toEqual(['user 2'])
  expect(await users('until=2020-01-01')).toEqual([])
  const [run] = (await service.get('/runs/?user=user%200')).list
  expect(await users(`job_id=${run?.job_id}`)).toEqual(['user 0'])
})
