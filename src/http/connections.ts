import { readFileSync } from 'node:fs'
import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { HydraError } from '../model/errors.ts'
import { problemOf, problemType } from './errors.ts'

/** What a connection may take, whoever opened it. ms; counts. */
export interface ConnectionLimits {
  /** For the head of a request: a client that sends a byte now and then, or none. */
  readonly head: number
  /** For a whole request with its body: 8 MiB over a slow line. */
  readonly request: number
  /** Between two requests; longer than proxies keep theirs open, so that none sends into a closing one. */
  readonly idle: number
  /** How often the first two are looked at. */
  readonly look: number
  readonly most: number
  /** One machine cannot have all of them. */
  readonly mostOfOneAddress: number
}

export const connectionLimits = (most = mostConnections()): ConnectionLimits => ({
  head: 20_000,
  request: 120_000,
  idle: 72_000,
  look: 5000,
  most,
  mostOfOneAddress: Math.ceil(most / 2),
})

/** A fifth of what the process may have open is left to files and programs. */
function mostConnections(): number {
  try {
    const files = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return Math.min(10_000, Math.floor(Number(files ?? 12_500) * 0.8))
  } catch {
    // Not Linux.
    return 10_000
  }
}

/** As fastify and Node take them. */
export const timeoutsOf = ({ head, request, idle, look }: ConnectionLimits) => ({
  requestTimeout: request,
  keepAliveTimeout: idle,
  http: { headersTimeout: head, connectionsCheckingInterval: look },
})

/** Answers the connections that are too many with a sentence, and closes them; idle ones go first. */
export function limitConnections(server: Server, { most, mostOfOneAddress }: ConnectionLimits): void {
  const counts = new Map<string, number>()
  let all = 0
  server.on('connection', (socket: Socket) => {
    const from = socket.remoteAddress ?? ''
    const own = (counts.get(from) ?? 0) + 1
    counts.set(from, own)
    all += 1
    socket.once('close', () => {
      const left = (counts.get(from) ?? 1) - 1
      all -= 1
      if (left > 0) counts.set(from, left)
      else counts.delete(from)
    })
    if (all <= most && own <= mostOfOneAddress) return
    // Who is between two requests loses least: its client opens another connection with the next.
    server.closeIdleConnections()
    lastWords(socket, new HydraError('UNAVAILABLE', 'There are too many connections; close some, or come again.'))
  })
}

/** What a client is told when its bytes cannot be read as a request. */
export function refuseBytes(error: { readonly code?: string }, socket: Socket): void {
  lastWords(socket, refusalOf(error.code ?? ''))
}

function refusalOf(code: string): HydraError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HydraError('TOO_SLOW', 'The request took too long to come.')
  if (code === 'HPE_HEADER_OVERFLOW') return new HydraError('HEAD_TOO_LARGE', 'The URL and headers are over 16 KiB.')
  return new HydraError('MALFORMED', 'The request cannot be read.')
}

/** A client that does not close its side would keep the socket for ever. ms */
const closeAfter = 1000

/** Writes a problem to a connection that no request can be read from any more, and ends it. */
function lastWords(socket: Socket, error: HydraError): void {
  if (socket.writable) {
    const body = JSON.stringify(problemOf(error))
    const head = [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'connection: close',
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      ...(error.status === 503 ? ['retry-after: 1'] : []),
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  // At once, the answer could be lost: what the client still sends would be answered by a reset.
  setTimeout(() => socket.destroy(), closeAfter).unref()
}
