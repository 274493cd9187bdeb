import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LogChunk } from '../../src/model/log.ts'
import { aChunk } from '../builders.ts'
import { adminToken, aJob, type Fields, Service } from './harness.ts'
import { Listener } from './sockets.ts'

let service: Service
let url: string
let store: Service['world']['store']['logs']
beforeAll(async () => {
  service = await Service.open()
  url = await service.server.listen()
  store = service.world.store.logs
})
const { now } = performance
/** What a test puts in the place of the store's own. */
afterEach(() => {
  performance.now = now
  for (const name of ['lines', 'search', 'searchNext']) Reflect.deleteProperty(store, name)
})
afterAll(() => service.close())

interface Written {
  readonly token?: string
  readonly attempt?: number
  readonly job?: string
}

/** A run that waits. */
async function aRun({ token = adminToken, job }: Written = {}): Promise<{ id: string; job: string }> {
  const made = job ?? String((await service.post('/jobs/', aJob({ queue: 'nobody' }), { token })).json._id)
  if (job !== undefined) await service.post(`/jobs/${job}/run`, {}, { token })
  return { id: String((await service.get(`/jobs/${made}/runs`, { token })).list[0]?._id), job: made }
}

/** Gives a run an attempt that wrote these lines to standard output, one chunk each. */
async function write(run_id: string, attempt: number, lines: readonly string[], from = 1): Promise<void> {
  let pos = from === 1 ? 0 : (await store.size(run_id)).reduce((sum, { stdout }) => sum + stdout, 0)
  const chunks: LogChunk[] = lines.map((text, at) => {
    const chunk = aChunk({ run_id, attempt, seq: from + at, line: from + at, offset: pos, pos, text: `${text}\n` })
    pos += chunk.bytes.length
    return chunk
  })
  await store.append(chunks)
  const run = await service.world.run(run_id)
  const after = { ...run, attempt: Math.max(run.attempt, attempt), rev: run.rev + 1 }
  await service.world.store.runs.move([{ before: run, after, output: null }])
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at + 1}`)
const numbers = (answer: { readonly json: Fields }, name: 'lines' | 'hits' = 'lines'): unknown[] => {
  const listed = answer.json[name]
  return Array.isArray(listed) ? listed.map((one: Fields) => one.n) : []
}

describe('lines', () => {
  test('come by number, from the front or from the end, of the newest attempt unless one is named', async () => {
    const { id } = await aRun()
    expect((await service.get(`/runs/${id}/log/lines`)).json).toEqual({
      attempt: 0,
      total_lines: 0,
      complete: false,
      last_event_id: null,
      lines: [],
    })
    await write(id, 1, ['old'])
    await write(id, 2, numbered(150))
    const first = await service.get(`/runs/${id}/log/lines`)
    expect(first.json).toMatchObject({ attempt: 2, total_lines: 150, complete: false, last_event_id: '2-150' })
    expect(numbers(first)).toHaveLength(100)
    const some = await service.get(`/runs/${id}/log/lines?from=149&count=5`)
    expect(some.json.lines).toMatchObject([
      { n: 149, stream: 'stdout', text: 'line 149', cut: false, ts: 1_772_323_200 },
      { n: 150 },
    ])
    expect(numbers(await service.get(`/runs/${id}/log/lines?from=-3&count=2`))).toEqual([148, 149])
    expect(numbers(await service.get(`/runs/${id}/log/lines?from=-1000&count=2`))).toEqual([1, 2])
    expect(numbers(await service.get(`/runs/${id}/log/lines?from=151`))).toEqual([])
    expect((await service.get(`/runs/${id}/log/lines?attempt=1`)).json).toMatchObject({ total_lines: 1, attempt: 1 })
    expect((await service.get(`/runs/${id}/log/lines?attempt=9`)).json).toMatchObject({ total_lines: 0, attempt: 9 })
  })

  test('say when no more will come', async () => {
    const worker = await service.world.worker()
    const { json } = await service.post('/jobs/', aJob({ retries: 1 }))
    const grant = await worker.one()
    await worker.report(grant, { start_ts: 1, chunks: [aChunk({ run_id: grant.run_id, text: 'half' })] })
    const lines = async (): Promise<Fields> => (await service.get(`/runs/${grant.run_id}/log/lines?attempt=1`)).json
    expect(await lines()).toMatchObject({ complete: false, total_lines: 1, lines: [{ text: 'half' }] })
    await worker.end(grant, 'exit', 1, { last_seq: 1 })
    expect(await lines()).toMatchObject({ complete: true })
    expect((await service.get(`/jobs/${json._id}/runs`)).list[0]).toMatchObject({ end_ts: null })
  })

  test('and the stream go on where each other ends', async () => {
    const { id } = await aRun()
    await write(id, 1, ['one', 'two'])
    const seen = (await service.get(`/runs/${id}/log/lines`)).json.last_event_id
    await write(id, 1, ['three'], 3)
    await service.post(`/runs/${id}/cancel`)
    const stream = await Listener.open(`${url}/runs/${id}/stream`, {
      'x-api-key': adminToken,
      'last-event-id': String(seen),
    })
    await stream.until('the end', (events) => events.some(({ event }) => event === 'end'))
    expect(stream.events.map(({ data }) => data.text ?? data.status)).toEqual(['three\n', 'cancelled'])
  })
})

describe('a search in a log', () => {
  test('pages through the matching lines, and counts them all', async () => {
    const { id } = await aRun()
    await write(id, 1, [...numbered(30), 'Last LINE'])
    const page = (more: string) => service.get(`/runs/${id}/log/search?q=line&${more}`)
    const first = await page('limit=20')
    expect(first.json).toMatchObject({
      attempt: 1,
      total: 31,
      total_lines: 31,
      searched_to: 31,
      next: 21,
      complete: false,
    })
    expect(numbers(first, 'hits')).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    const rest = await page(`limit=20&from=${first.json.next}`)
    expect([rest.json.total, rest.json.next, numbers(rest, 'hits').at(-1)]).toEqual([11, null, 31])
    expect(rest.json.hits).toContainEqual({
      n: 31,
      ts: 1_772_323_200,
      stream: 'stdout',
      text: 'Last LINE',
      cut: false,
      ranges: [[5, 9]],
    })
    expect((await page('case=1')).json.total).toBe(30)
    await store.append([aChunk({ run_id: id, attempt: 3, text: 'a line\na line\na line\n' })])
    expect((await page('attempt=3&limit=2&count=false')).json).toMatchObject({ total: 2, searched_to: 2, next: 3 })
    expect((await page('limit=5&count=false')).json).toMatchObject({ total: 5, next: 6, searched_to: 5 })
    expect(
      (await service.get(`/runs/${id}/log/search?q=${encodeURIComponent('^line \\d$')}&regex=true`)).json.total,
    ).toBe(9)
    await store.append([aChunk({ run_id: id, attempt: 4, stream: 'stderr', text: 'a line\nanother line\n' })])
    for (const [stream, total] of [['stderr', 2], ['stdout', 0]]) // biome-ignore format: pairs
      expect((await page(`attempt=4&stream=${stream}`)).json).toMatchObject({ total, total_lines: 2, searched_to: 2 })
    expect((await service.get(`/runs/${id}/log/search?q=nothing`)).json).toMatchObject({
      hits: [],
      total: 0,
      next: null,
    })
    expect((await service.get(`/runs/${id}/log/search?q=line&attempt=2`)).json).toMatchObject({ attempt: 2, total: 0 })
  })

  test('says where to go on when its time is over', async () => {
    const { id } = await aRun()
    await write(id, 1, numbered(40))
    const search = store.search.bind(store)
    let slices = 0
    store.search = async (log, query, from, most) => {
      slices += 1
      const slice = await search(log, query, from, { ...most, ms: 0 })
      // Each slice has one chunk; the clock runs out with the third.
      if (slices === 3) performance.now = () => now.call(performance) + 60_000
      return slice
    }
    const cut = await service.get(`/runs/${id}/log/search?q=line`)
    expect(cut.json).toMatchObject({ total: 3, searched_to: 3, total_lines: 40, next: 4 })
    expect(numbers(cut, 'hits')).toEqual([1, 2, 3])
  })

  test('names what is wrong with what is looked for', async () => {
    const { id } = await aRun()
    for (const [query, detail] of [
      ['', 'q: is required'],
      ['q=', 'q: is required'],
      ['q=a%0Ab', 'q: must not contain a line break: lines are searched one by one'],
      [`q=${'x'.repeat(1001)}`, 'q: must have at most 1000 characters'],
      ['q=%28&regex=true', 'q: is no regular expression in the syntax of RE2: missing closing ): `(`'],
      ['q=x&regex=maybe', 'regex: must be true or false'],
      ['q=x&from=0', 'from: must be at least 1'],
      ['q=x&limit=0', 'limit: must be at least 1'],
    ])
      expect((await service.get(`/runs/${id}/log/search?${query}`)).json, query).toMatchObject({ status: 422, detail })
    expect((await service.get(`/runs/${id}/log/lines?from=0`)).json.detail).toMatch(/^from: must not be 0/)
    expect((await service.get('/logs/search?q=%28&regex=1')).status).toBe(422)
  })
})

test('a search whose client goes is no failure of the server, and one whose token ends says so', async () => {
  const a = await service.domain('left')
  const { id } = await aRun({ token: a })
  await write(id, 1, numbered(3))
  const search = store.search.bind(store)
  let [begun, release] = [0, (): void => {}]
  store.search = async (...asked) => {
    begun += 1
    await new Promise<void>((resolve) => {
      release = resolve
    })
    // Never through.
    return { ...(await search(...asked)), over: false }
  }
  const gone = new AbortController()
  const left = fetch(`${url}/runs/${id}/log/search?q=line`, { headers: { 'x-api-key': a }, signal: gone.signal })
  await service.world.until('it to search', () => begun === 1)
  const told = service.lines.length
  gone.abort()
  await expect(left).rejects.toThrow()
  await service.world.until('the client to be gone', () => {
    release()
    return service.world.plane.logs.reading === 0
  })
  begun = 0
  const ended = service.get(`/runs/${id}/log/search?q=line`, { token: a })
  await service.world.until('it to search', () => begun === 1)
  await service.post('/admin/domains/left/token')
  await service.world.until('the search to end', () => {
    release()
    return service.world.plane.logs.reading === 0
  })
  expect(await ended).toMatchObject({ status: 401, json: { detail: 'The token has ended.' } })
  expect(service.lines.slice(told).filter(({ message }) => /fail|could not/.test(message))).toEqual([])
})

describe('a search over many runs', () => {
  const hits = (text: string): Fields[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))

  test('tells the newest first, line by line, and those of the caller’s domain alone', async () => {
    const [a, b] = [await service.domain('many-a'), await service.domain('many-b')]
    const old = await aRun({ token: a })
    await write(old.id, 1, ['Needle 1', 'needle 2', 'needle 3'])
    await write(old.id, 2, ['needle again'])
    const fresh = await aRun({ token: a })
    await write(fresh.id, 1, ['hay', 'a needle'])
    const foreign = await aRun({ token: b })
    await write(foreign.id, 1, ['needle of another'])
    const answer = await service.get('/logs/search?q=needle&per_run=2', { token: a })
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
    expect(hits(answer.text).map((hit) => [hit.run_id, hit.attempt, hit.n, hit.more])).toEqual([
      [fresh.id, 1, 2, false],
      [old.id, 2, 1, false],
      [old.id, 1, 1, false],
      [old.id, 1, 2, true],
    ])
    expect(hits(answer.text)[0]).toMatchObject({
      job_id: fresh.job,
      job_name: 'a job',
      domain: 'many-a',
      stream: 'stdout',
      text: 'a needle',
      ranges: [[2, 8]],
    })
    const runs = async (query: string, token = a): Promise<unknown[]> =>
      hits((await service.get(`/logs/search?q=needle&${query}`, { token })).text).map((hit) => hit.run_id)
    expect(new Set(await runs(`job_id=${old.job}`))).toEqual(new Set([old.id]))
    expect(await runs(`job_id=${foreign.job}`)).toEqual([])
    expect(await runs('since=2100-01-01')).toEqual([])
    expect(await runs('case=true&regex=true', b)).toEqual([foreign.id])
    expect([await runs('stream=stdout', b), await runs('stream=stderr', b)]).toEqual([[foreign.id], []])
    expect(new Set(await runs('domain=many-b', adminToken))).toEqual(new Set([foreign.id]))
    expect((await runs('case=true', adminToken)).slice(0, 1)).toEqual([foreign.id])
  })

  test('ends when its client goes, and when its token ends', async () => {
    const a = await service.domain('ended')
    const { id } = await aRun({ token: a })
    await write(id, 1, numbered(3))
    let [begun, hold] = [0, Promise.resolve()]
    let release = (): void => {}
    store.searchNext = async () => {
      begun += 1
      await hold
      await new Promise((resolve) => setImmediate(resolve))
      // It never comes to an end.
      return { passed: 0, attempt: null, slice: null }
    }
    for (const leave of ['client', 'token'] as const) {
      const listener = await Listener.open(`${url}/logs/search?q=nothing`, { 'x-api-key': a })
      await service.world.until('it to search', () => begun > 3)
      hold = new Promise((resolve) => {
        release = resolve
      })
      if (leave === 'client') listener.leave()
      else await service.post('/admin/domains/ended/token')
      await service.world.until('the seat', () => service.world.plane.logs.reading === 0)
      const before = begun
      release()
      await listener.ended
      expect(begun).toBe(before)
      begun = 0
      hold = Promise.resolve()
    }
  })
})

test('a domain has so many reads of logs at a time; another is served meanwhile', async () => {
  const [a, b] = [await service.domain('busy-a'), await service.domain('busy-b')]
  const [mine, other] = [await aRun({ token: a }), await aRun({ token: b })]
  await write(other.id, 1, ['hello'])
  const lines = store.lines.bind(store)
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  store.lines = async (...asked) => {
    if (asked[0].run_id === mine.id) await held
    return lines(...asked)
  }
  const flood = Array.from({ length: 70 }, () => service.get(`/runs/${mine.id}/log/lines`, { token: a }))
  // Each has come before one may go on: what comes later finds the seat that another left.
  const refused: number[] = []
  const all = Promise.withResolvers<void>()
  for (const one of flood) void one.then(({ status }) => refused.push(status) === 6 && all.resolve())
  await all.promise
  expect(refused).toEqual(Array(6).fill(429))
  expect((await service.get(`/runs/${other.id}/log/lines`, { token: b })).json.total_lines).toBe(1)
  release()
  const answers = await Promise.all(flood)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(64)
  for (const { status, headers } of answers) if (status === 429) expect(headers['retry-after']).toBe('1')
  expect(service.world.plane.logs.reading).toBe(0)
})

test('what is foreign is as if it were not there, on every route', async () => {
  const [a, b] = [await service.domain('own-a'), await service.domain('own-b')]
  const { id } = await aRun({ token: a })
  await write(id, 1, ['secret'])
  for (const route of ['log', 'log/lines', 'log/search?q=secret']) {
    const foreign = await service.get(`/runs/${id}/${route}`, { token: b })
    const missing = await service.get(`/runs/${id.replace(/.$/, 'z')}/${route}`, { token: b })
    expect([foreign.status, foreign.text.replaceAll(id, '')], route).toEqual([
      404,
      missing.text.replaceAll(id.replace(/.$/, 'z'), ''),
    ])
  }
})

test('a download is gone on with only while the log is the same', async () => {
  const { id } = await aRun()
  await write(id, 1, ['0123456789'])
  const { headers } = await service.get(`/runs/${id}/log`)
  const part = (condition: unknown) =>
    service.get(`/runs/${id}/log`, { headers: { range: 'bytes=8-', 'if-range': String(condition) } })
  expect(await part(headers.etag)).toMatchObject({ status: 206, text: '89\n' })
  expect(await part('"other"')).toMatchObject({ status: 200, text: '0123456789\n' })
  await write(id, 1, ['more'], 2)
  expect((await part(headers.etag)).status).toBe(200)
})
