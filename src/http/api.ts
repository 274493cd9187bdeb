import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Vitals } from '../model/vitals.ts'
import type { Log } from '../runtime/log.ts'
import type { Audit } from '../scheduler/audit.ts'
import type { ControlPlane } from '../scheduler/control-plane.ts'
import type { Domains } from '../scheduler/domains.ts'
import type { FrontDesk } from '../scheduler/front-desk.ts'
import type { Tokens } from '../scheduler/tokens.ts'
import type { Views } from '../scheduler/views.ts'
import type { Caller } from './caller.ts'
import type { ConnectionLimits } from './connections.ts'
import type { Leave, RequestTurns } from './request-turns.ts'
import type { SignInCodes } from './sign-in-codes.ts'
import type { Streams } from './sse.ts'

/** What the API needs of the control plane. */
export type Plane = Pick<
  ControlPlane,
  'store' | 'hub' | 'clock' | 'jobs' | 'runs' | 'bulk' | 'logs' | 'ready' | 'vitals' | 'setWorkerState'
> & {
  readonly domains: Domains
  readonly tokens: Tokens
  readonly frontDesk: FrontDesk
  readonly audit: Audit
  readonly views: Views
}

export interface ServerConfig {
  /** The name that `?domain=` is not needed for: what an admin creates goes here. */
  readonly defaultDomain: string
  /** Origins that a browser's page may call from; `*`: any. */
  readonly corsAllowOrigins: readonly string[]
  /** Names, besides the loopback ones, that a request's Host may have while the server listens on loopback. */
  readonly allowedHosts: readonly string[]
  readonly host: string
  readonly port: number
  /** Whether /metrics needs no token. */
  readonly metricsPublic?: boolean
  /** Written into the API's description. */
  readonly version: string
  readonly connections?: ConnectionLimits
  /** The folder of the built page; null, or a folder that is not there: none is served. */
  readonly page?: string | null
}

/** What every route is made from. */
export interface Api {
  readonly plane: Plane
  readonly config: ServerConfig
  readonly log: Log
  readonly streams: Streams
  readonly turns: RequestTurns
  readonly metrics: Exposition | undefined
  readonly signInCodes: SignInCodes
}

/** Writes what is measured, as a text of some media type. */
export interface Exposition {
  readonly contentType: string
  text(vitals: Vitals): Promise<string>
}

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** How a route reads its body: `definition` is JSON of at most 1 MiB; `optional` takes a JSON object where there is one. */
export type BodyRule = 'json' | 'definition' | 'optional'

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly body?: BodyRule
    /** Needs no token. */
    readonly open?: boolean
    /** A worker's link: open to its role too. */
    readonly link?: boolean
    /** Must not end with the store: while that does not answer, a token counts as it did last. */
    readonly outlasts?: boolean
    /** For the admin alone. */
    readonly admin?: boolean
    /** Mostly waits for something else than this thread: it takes no turn of its domain's. */
    readonly waits?: boolean
    /** Takes its token from `?token=` too: a browser's EventSource can set no header. */
    readonly sse?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
    /** Gives the request's turn back. */
    leave: Leave | null
    /** The body's bytes, for who must tell two bodies apart. */
    rawBody: Buffer | null
  }
}

/** Where the request came from, for the limit of wrong tokens and for the audit. */
export const addressOf = (request: FastifyRequest): string => request.ip
