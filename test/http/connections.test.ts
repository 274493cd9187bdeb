import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type ConnectionLimits, connectionLimits } from '../../src/http/connections.ts'
import { adminToken, Service } from './harness.ts'

let service: Service
let port: number
const sockets: Client[] = []
afterEach(async () => {
  for (const client of sockets.splice(0)) client.socket.destroy()
  await service.close()
})

async function open(limits: Partial<ConnectionLimits> = {}): Promise<void> {
  service = await Service.open({ connections: { ...connectionLimits(100), ...limits } })
  port = Number(new URL(await service.server.listen()).port)
}

/** A client that sends what it is told, and never closes its side. */
class Client {
  readonly socket: Socket
  text = ''
  /** The server has closed its side, or all of it. */
  readonly ended: Promise<void>

  constructor() {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.setEncoding('latin1').on('data', (text) => (this.text += String(text)))
    this.socket.on('error', () => {})
    this.ended = new Promise((resolve) => this.socket.once('end', resolve).once('close', () => resolve()))
    sockets.push(this)
  }

  async until(holds: (text: string) => boolean): Promise<void> {
    while (!holds(this.text)) await new Promise((resolve) => this.socket.once('data', resolve))
  }
}

function send(text: string): Client {
  const client = new Client()
  client.socket.write(text, 'latin1')
  return client
}

const status = ({ text }: Client): string => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'none'
const count = () => new Promise<number>((resolve) => service.server.app.server.getConnections((_, n) => resolve(n)))
const head = (more: string) => `POST /jobs/ HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${adminToken}\r\n${more}`

test('a head that does not end, a body that does not end and a connection that says nothing are ended, others go on', async () => {
  await open({ head: 100, request: 300, look: 50 })
  const clients = [
    send(''),
    send('GET /health HTTP/1.1\r\nhost: lo'),
    send(head('content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"name":')),
    send(head('content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"nam\r\n')),
  ]
  expect((await service.get('/health')).status).toBe(200)
  for (const client of clients) await client.ended
  expect(clients.map(status)).toEqual(['408', '408', '408', '408'])
  expect(clients[1]?.text).toContain('urn:hydra:error:TOO_SLOW')
  expect((await service.get('/jobs/')).list).toEqual([])
})

test('a refusal needs no body: who has no token is told before it has sent one', async () => {
  await open()
  const client = send('POST /jobs/ HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n{')
  await client.until((text) => text.includes('\r\n\r\n'))
  expect(status(client)).toBe('401')
})

const garbage = {
  'no HTTP': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'a null byte in the head': 'GET /\0 HTTP/1.1\r\nhost: localhost\r\n\r\n',
  'two lengths': head('content-length: 1\r\ncontent-length: 2\r\n\r\nxx'),
  'a length and chunks': head('content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
  'a length below nothing': head('content-length: -5\r\n\r\n'),
  'chunks that are none': head('content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
  'a header without end': `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}`,
  'very many headers': `GET / HTTP/1.1\r\nhost: localhost\r\n${'a: b\r\n'.repeat(5000)}\r\n`,
  'an obsolete fold': 'GET / HTTP/1.1\r\nhost: localhost\r\nx: a\r\n b\r\n\r\n',
  'no host': 'GET /health HTTP/1.1\r\n\r\n',
  'a method of its own': 'FROBNICATE / HTTP/1.1\r\nhost: localhost\r\n\r\n',
  'HTTP of the future': 'GET / HTTP/9.9\r\nhost: localhost\r\n\r\n',
  'a proxy request': 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n',
  'an expectation': head('connection: close\r\nexpect: a-miracle\r\ncontent-length: 2\r\n\r\n{}'),
}

test('bytes that are no request are refused and the connection closed, though the client never closes its side', async () => {
  await open()
  for (const [what, text] of Object.entries(garbage)) {
    const client = send(text)
    await client.ended
    expect(status(client), what).toMatch(/^(4\d\d|none)$/)
  }
  expect(sockets.map(status).filter((one) => one === '431')).toHaveLength(2)
  while ((await count()) > 0) await new Promise((resolve) => setImmediate(resolve))
})

test('requests in one go are answered in order, up to the first that cannot be read', async () => {
  await open()
  const one = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n'
  const client = send(`${one.repeat(200)}\0\0\0garbage${one}`)
  await client.ended
  expect(client.text.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(200)
  expect((await service.get('/health')).status).toBe(200)
})

test('connections are bounded, by address too; idle ones make room', async () => {
  await open({ mostOfOneAddress: 3 })
  const held = [send('GET '), send('GET ')]
  const idle = send('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await idle.until((text) => text.includes('"ok"'))
  const fourth = send('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await fourth.ended
  expect(fourth.text).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1.*UNAVAILABLE/s)
  await idle.ended
  held[0]?.socket.destroy()
  while ((await count()) > 2) await new Promise((resolve) => setImmediate(resolve))
  const next = send('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await next.until((text) => text.includes('"ok"'))
  expect(status(next)).toBe('200')
})
