import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keptEvents } from '../../src/scheduler/event-ring.ts'
import { aChunk } from '../builders.ts'
import { adminToken, aJob, aPausedJob, Service } from './harness.ts'
import { Listener } from './sockets.ts'

let service: Service
let url: string
const open: Listener[] = []
beforeEach(async () => {
  service = await Service.open()
  url = await service.server.listen()
})
afterEach(async () => {
  for (const listener of open.splice(0)) listener.leave()
  await service.close()
})

async function listen(path: string, headers: Record<string, string> = {}): Promise<Listener> {
  const listener = await Listener.open(`${url}${path}`, { 'x-api-key': adminToken, ...headers })
  open.push(listener)
  return listener
}

const types = (listener: Listener): string[] => listener.events.map(({ event }) => event)

async function waitingRun(): Promise<string> {
  const { json } = await service.post('/jobs/', aJob({ queue: 'nobody' }))
  return String((await service.get(`/jobs/${json._id}/runs`)).list[0]?._id)
}

describe('events', () => {
  test('come as they happen, with type, payload, time and id', async () => {
    const events = await listen('/events/stream')
    expect(events.answer.statusCode).toBe(200)
    expect(events.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const { json } = await service.post('/jobs/', aJob({ queue: 'nobody' }))
    await events.until('three events', (seen) => seen.length >= 3)
    expect(types(events)).toEqual(['job_submitted', 'job_enqueued', 'job_pending'])
    const [first] = events.events
    expect(first?.id).toMatch(/^[0-9a-f]+-\d+$/)
    expect(first?.data).toMatchObject({
      type: 'job_submitted',
      payload: { domain: 'prod', job_id: json._id, name: 'a job' },
    })
    expect(Math.abs(Number(first?.data.ts) - Date.now() / 1000)).toBeLessThan(60)
  })

  test('are of the caller’s domain alone; a token may stand in the query and never reaches the log', async () => {
    const a = await service.domain('a')
    const mine = await Listener.open(`${url}/events/stream?token=${a}`)
    open.push(mine)
    await service.post('/jobs/', aPausedJob())
    await service.post('/jobs/', aPausedJob({ name: 'mine' }), { token: a })
    await mine.until('one event', (seen) => seen.length > 0)
    expect(mine.events.map(({ data }) => data.payload)).toMatchObject([{ name: 'mine' }])
    expect(JSON.stringify(service.lines)).not.toContain(a)
  })

  test('carry the allowed origin and the security headers, though the reply is taken from the framework', async () => {
    const { answer } = await listen('/events/stream', { origin: 'http://localhost:5173' })
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache, no-transform',
    })
  })

  test('resume after the last id without a gap or a repeat', async () => {
    const first = await listen('/events/stream')
    for (const name of ['one', 'two', 'three']) await service.post('/jobs/', aPausedJob({ name }))
    await first.until('three', (seen) => seen.length === 3)
    const again = await listen('/events/stream', { 'last-event-id': String(first.events[0]?.id) })
    await again.until('the other two', (seen) => seen.length === 2)
    expect(again.events).toEqual(first.events.slice(1))
  })

  test('an id that is not known any more gets reset first', async () => {
    const unknown = await listen('/events/stream', { 'last-event-id': 'feedfacecafe-7' })
    await unknown.until('reset', (seen) => seen.length === 1)
    await service.post('/jobs/', aPausedJob())
    await unknown.until('an event after it', (seen) => seen.length === 2)
    expect(types(unknown)).toEqual(['reset', 'job_submitted'])
  })

  test('a client that takes nothing costs no memory and gets reset when it comes to', async () => {
    const slow = await listen('/events/stream')
    slow.pause()
    const filler = 'x'.repeat(1000)
    const { hub } = service.world.plane
    for (let i = 0; i < keptEvents * 2; i += 1) {
      hub.publish([{ type: 'job_updated', domain: 'prod', ts: i, payload: { filler, i } }])
      if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    slow.resume()
    await slow.until('reset', (seen) => seen.some(({ event }) => event === 'reset'))
    expect(slow.events.length).toBeLessThan(keptEvents * 2)
  })

  test('end when their token ends', async () => {
    const a = await service.domain('a')
    const mine = await listen('/events/stream', { 'x-api-key': a })
    await service.post('/admin/domains/a/token')
    await mine.ended
    expect(mine.answer.complete).toBe(true)
  })

  test('end soon when another scheduler ended their token, though nothing happens that they could tell', async () => {
    const a = await service.domain('a')
    const mine = await listen('/events/stream', { 'x-api-key': a })
    const { domains } = service.world.store
    const [token] = await domains.tokens('a')
    await domains.endToken('a', String(token?._id))
    await mine.ended
    expect(mine.answer.complete).toBe(true)
  })

  test('a client that goes away leaves nothing behind, and closing the server ends every stream', async () => {
    const { app } = service.server
    const leaver = await listen('/events/stream')
    const stayer = await listen('/events/stream')
    const connections = (): Promise<number> =>
      new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))
    expect(await connections()).toBe(2)
    leaver.leave()
    await service.world.until('one connection', async () => (await connections()) === 1)
    const started = performance.now()
    await service.server.close()
    await stayer.ended
    expect(stayer.answer.complete).toBe(true)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('the stream of a log', () => {
  const append = async (run_id: string, ...chunks: readonly Parameters<typeof aChunk>[0][]): Promise<void> => {
    await service.world.store.logs.append(chunks.map((chunk) => aChunk({ run_id, ...chunk })))
    service.world.plane.hub.tellRun('prod', run_id)
  }
  const text = (listener: Listener): string => listener.events.map(({ data }) => data.text ?? '').join('')

  test('shows what there is, then what comes, then the end', async () => {
    const id = await waitingRun()
    await append(id, { seq: 1, text: 'one\n' })
    const log = await listen(`/runs/${id}/stream`)
    await log.until('what there is', (seen) => seen.length === 1)
    await append(id, { seq: 2, offset: 4, pos: 4, line: 2, text: 'two\n', stream: 'stdout' })
    await log.until('what comes', (seen) => seen.length === 2)
    await service.post(`/runs/${id}/cancel`)
    await log.ended
    expect(types(log)).toEqual(['log_chunk', 'log_chunk', 'end'])
    expect(text(log)).toBe('one\ntwo\n')
    expect(log.events[0]?.data).toEqual({
      run_id: id,
      job_id: expect.any(String),
      worker_id: null,
      domain: 'prod',
      ts: expect.any(Number),
      stream: 'stdout',
      text: 'one\n',
      attempt: 1,
      seq: 1,
      line: 1,
      cont: false,
    })
    expect(log.events.at(-1)?.data).toEqual({ run_id: id, status: 'cancelled', returncode: null })
    expect(log.events.every(({ id: eventId }) => eventId !== '')).toBe(true)
  })

  test('resumes after the last id, and answers 204 to who has seen its end', async () => {
    const id = await waitingRun()
    await append(id, { seq: 1, text: 'one\n' }, { seq: 2, offset: 4, pos: 4, text: 'two\n' })
    await service.post(`/runs/${id}/cancel`)
    const first = await listen(`/runs/${id}/stream`)
    await first.ended
    const again = await listen(`/runs/${id}/stream`, { 'last-event-id': String(first.events[0]?.id) })
    await again.ended
    expect(again.events).toEqual(first.events.slice(1))
    const over = await listen(`/runs/${id}/stream`, { 'last-event-id': String(first.events.at(-1)?.id) })
    await over.ended
    expect([over.answer.statusCode, over.text]).toEqual([204, ''])
  })

  test('shows what there is and ends, where it is not to be followed; what comes later follows its last id', async () => {
    const id = await waitingRun()
    const nothing = await listen(`/runs/${id}/stream?follow=false`)
    await nothing.ended
    expect(types(nothing)).toEqual(['caught_up'])
    await append(id, { seq: 1, text: 'one\n' })
    const some = await listen(`/runs/${id}/stream?follow=0`, { 'last-event-id': String(nothing.events[0]?.id) })
    await some.ended
    expect([types(some), some.events[1]?.data]).toEqual([['log_chunk', 'caught_up'], { run_id: id, status: 'pending' }])
    await append(id, { seq: 2, offset: 4, pos: 4, text: 'two\n' })
    await service.post(`/runs/${id}/cancel`)
    const rest = await listen(`/runs/${id}/stream?follow=0`, { 'last-event-id': String(some.events[1]?.id) })
    await rest.ended
    expect([text(rest), types(rest).at(-1)]).toEqual(['two\n', 'end'])
  })

  test('a character that is cut between chunks comes whole, also to who resumes between them', async () => {
    const id = await waitingRun()
    const bytes = Buffer.from('aé€😀z')
    const { logs } = service.world.store
    const chunks = [...bytes].map((byte, i) => ({
      ...aChunk({ run_id: id, seq: i + 1, offset: i, pos: i }),
      bytes: Buffer.from([byte]),
    }))
    await logs.append(chunks)
    await service.post(`/runs/${id}/cancel`)
    const whole = await listen(`/runs/${id}/stream`)
    await whole.ended
    expect(text(whole)).toBe('aé€😀z')
    for (let seen = 1; seen < bytes.length; seen += 1) {
      const before = whole.events
        .slice(0, seen)
        .map(({ data }) => data.text)
        .join('')
      const rest = await listen(`/runs/${id}/stream`, { 'last-event-id': `1-${seen}` })
      await rest.ended
      expect(before + text(rest), `after chunk ${seen}`).toBe('aé€😀z')
    }
  })

  test('a log far larger than a page comes whole to a client that reads slowly, and is never held whole', async () => {
    const id = await waitingRun()
    const piece = `${'x'.repeat(65_535)}\n`
    const count = 320
    for (let seq = 1; seq <= count; seq += 1)
      await service.world.store.logs.append([
        aChunk({ run_id: id, seq, offset: (seq - 1) * 65_536, pos: (seq - 1) * 65_536, text: piece }),
      ])
    await service.post(`/runs/${id}/cancel`)
    const reads: number[] = []
    const { logs } = service.world.store
    const read = logs.read.bind(logs)
    logs.read = (...asked) => {
      reads.push(asked[1].seq)
      return read(...asked)
    }
    const slow = await listen(`/runs/${id}/stream`)
    slow.pause()
    await service.world.until('the reading to stop', async () => {
      const before = reads.length
      await new Promise((resolve) => setTimeout(resolve, 100))
      return before > 0 && reads.length === before
    })
    expect(Math.max(...reads)).toBeLessThan(count)
    slow.resume()
    await slow.ended
    expect(text(slow).length).toBe(count * piece.length)
    expect(types(slow).at(-1)).toBe('end')
  })

  test('output that is no text, or ends inside a character, is shown as far as it can be', async () => {
    const id = await waitingRun()
    await service.world.store.logs.append([
      { ...aChunk({ run_id: id }), bytes: Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82]) },
    ])
    await service.post(`/runs/${id}/cancel`)
    const log = await listen(`/runs/${id}/stream`)
    await log.ended
    expect(text(log)).toBe('a\ufffdb\ufffd')
  })
})

test('a client that is still sending a body that is too large sees the answer', async () => {
  const body = new Blob(['x'.repeat(9_000_000)])
  for (const path of ['/jobs/', '/admin/domains']) {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { 'x-api-key': adminToken, 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ status: 413, title: 'Too large' })
  }
})

test('a request that is no HTTP is answered with a problem', async () => {
  const text = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
    let all = ''
    socket.on('data', (chunk) => {
      all += String(chunk)
    })
    socket.on('close', () => resolve(all))
  })
  expect(text).toMatch(/^HTTP\/1.1 400 /)
  expect(text).toContain('application/problem+json')
})
