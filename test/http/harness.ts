import { createServer, type Server, type ServerConfig } from '../../src/http/server.ts'
import { type Log, type LogFields, silentLog } from '../../src/runtime/log.ts'
import type { Metrics } from '../../src/runtime/metrics.ts'
import { World } from '../scheduler/harness.ts'

export const adminToken = 'an-admin-token'

export interface Asked {
  readonly token?: string | null
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Fields = Readonly<Record<string, unknown>>

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly text: string
  /** The body, where it is a JSON object. */
  readonly json: Fields
  /** The body, where it is a JSON array of objects. */
  readonly list: readonly Fields[]
}

/** The API over a control plane and a store of their own. */
export class Service {
  readonly world: World
  readonly server: Server
  readonly lines: { readonly message: string; readonly fields: LogFields }[]

  constructor(world: World, server: Server, lines: Service['lines']) {
    this.world = world
    this.server = server
    this.lines = lines
  }

  static async open(config: Partial<ServerConfig> = {}, metrics?: Metrics): Promise<Service> {
    const world = await World.open(metrics)
    await world.plane.domains.prepare()
    const lines: Service['lines'] = []
    const keep = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields })
    const log: Log = { ...silentLog, info: keep, warn: keep, error: keep, child: () => log }
    const server = await createServer({
      plane: world.plane,
      config: {
        defaultDomain: 'prod',
        corsAllowOrigins: ['http://localhost:5173'],
        allowedHosts: [],
        host: '127.0.0.1',
        port: 0,
        version: '0.0.0',
        ...config,
      },
      log,
      ...(metrics && { metrics }),
    })
    return new Service(world, server, lines)
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.world.close()
  }

  async ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'HEAD' | 'PATCH',
    url: string,
    asked: Asked = {},
  ): Promise<Answered> {
    const { token = adminToken, body, raw, headers = {} } = asked
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await this.server.app.inject({
      method,
      url,
      headers: {
        ...(token === null ? {} : { 'x-api-key': token }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    })
    const isJson = /[/+]json/.test(String(answer.headers['content-type']))
    const read: unknown = isJson && answer.body !== '' ? JSON.parse(answer.body) : null
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: isFields(read) ? read : {},
      list: Array.isArray(read) ? read.filter(isFields) : [],
    }
  }

  get = (url: string, asked?: Asked): Promise<Answered> => this.ask('GET', url, asked)
  post = (url: string, body?: unknown, asked?: Asked): Promise<Answered> => this.ask('POST', url, { body, ...asked })
  put = (url: string, body?: unknown, asked?: Asked): Promise<Answered> => this.ask('PUT', url, { body, ...asked })

  /** A domain's token. */
  async domain(name: string): Promise<string> {
    return String((await this.post('/admin/domains', { domain: name })).json.token)
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a user sends to define a job that waits: no worker has its queue. */
export const aJob = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'a job',
  executor: { type: 'shell', script: 'true' },
  ...more,
})

/** As `aJob`, planned far ahead and paused: it makes no run by itself. */
export const aPausedJob = (more: Record<string, unknown> = {}): Record<string, unknown> =>
  aJob({ schedule: { mode: 'interval', interval_seconds: 86_400, enabled: false }, ...more })
