import { Agent, type IncomingMessage, request } from 'node:http'
import type { Operation } from './document.ts'
import { hangAfter } from './settings.ts'

/** What came back, as a client sees it. `json`: undefined where the body is none. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly json: unknown
}

/** One client on one connection, which the server may close. */
export class Asker {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** @throws where no answer comes, or none that ends; of a stream the first bytes are the answer */
  async ask(method: string, path: string, headers: Record<string, string>, body: Buffer | null): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    // Node leaves the length out where a method usually has no body, and the body would be read as the next request.
    const all = { ...headers, ...(body && { 'content-length': String(body.length) }) }
    const asked = request(new URL(this.#base), { path, method, agent: this.#agent, headers: all, timeout: hangAfter })
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${hangAfter} ms to ${method} ${path}`)))
    asked.on('error', reject)
    asked.on('response', (answer) => {
      const pieces: Buffer[] = []
      const done = (): void => resolve(replyOf(answer, Buffer.concat(pieces)))
      answer.on('data', (piece: Buffer) => {
        pieces.push(piece)
        if (!typeOf(answer).startsWith('text/event-stream')) return
        done()
        asked.destroy()
      })
      answer.on('end', done)
      answer.on('error', reject)
    })
    asked.end(body ?? undefined)
    if (!waits.test(path)) return promise
    const leave = setTimeout(() => {
      resolve(left)
      asked.destroy()
    }, leaveAfter)
    return promise.finally(() => clearTimeout(leave))
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Where an answer waits for news: who asks goes away after a moment. ms */
const waits = /^\/link\/(claim|cancels)/
const leaveAfter = 20
const left: Reply = { status: 204, type: '', headers: {}, text: '', json: undefined }

const typeOf = (answer: IncomingMessage): string => answer.headers['content-type'] ?? ''

function replyOf(answer: IncomingMessage, bytes: Buffer): Reply {
  const text = bytes.toString('utf8')
  return { status: answer.statusCode ?? 0, type: typeOf(answer), headers: answer.headers, text, json: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the contract is broken by in an answer, in words; null where it is kept. */
export function fault(operation: Operation, method: string, reply: Reply): string | null {
  const { status } = reply
  // Whether the loops make progress is what /ready is asked for: its 503 is an answer.
  if (status === 503 && operation.path === '/ready') return operation.fault(503, reply.json)
  if (status >= 500) return `answered ${status}: ${reply.text.slice(0, 500)}`
  if (method === 'HEAD') return reply.text === '' ? null : 'an answer to HEAD has a body'
  if (status >= 400) return problemFault(reply)
  if (status === 204)
    return method === 'OPTIONS' || reply === left || operation.path.endsWith('/stream') ? null : 'a 204 without need'
  if (status < 200 || status >= 300) return `answered ${status}`
  // Another method than the one that is described has its own promise.
  if (method !== operation.method) return null
  if (!reply.type.startsWith('application/json')) return null
  if (reply.json === undefined) return `its JSON cannot be read: ${reply.text.slice(0, 200)}`
  return operation.fault(status, reply.json)
}

const stack = /node_modules|\n {4}at |at .*\.[jt]s:\d+/

function problemFault({ status, type, headers, text, json }: Reply): string | null {
  if (!type.startsWith('application/problem+json')) return `a ${status} is ${type || 'nothing'}: ${text.slice(0, 200)}`
  if (typeof json !== 'object' || json === null) return `a problem that is no object: ${text.slice(0, 200)}`
  const problem: { type?: unknown; title?: unknown; status?: unknown; detail?: unknown; errors?: unknown } = json
  if (problem.status !== status) return `a ${status} says ${problem.status}`
  for (const name of ['type', 'title', 'detail'] as const) {
    const value = problem[name]
    if (typeof value !== 'string' || value.trim() === '') return `a ${status} without ${name}`
  }
  if (problem.errors !== undefined && !areFaults(problem.errors))
    return `its errors are ${JSON.stringify(problem.errors)}`
  if (stack.test(text)) return `a ${status} shows where it comes from: ${text.slice(0, 500)}`
  const wait = headers['retry-after']
  if ((status === 429 || status === 503) && !/^[1-9]\d*$/.test(wait ?? ''))
    return `a ${status} with Retry-After ${wait}`
  return null
}

const areFaults = (errors: unknown): boolean =>
  Array.isArray(errors) &&
  errors.length > 0 &&
  errors.every(({ path, message }) => typeof path === 'string' && typeof message === 'string' && message !== '')
