import Fastify from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Log } from '../runtime/log.ts'
import type { Api, App, Exposition, Plane, ServerConfig } from './api.ts'
import { authenticate } from './auth.ts'
import { bodyLimit, drained, readBodies } from './body.ts'
import { connectionLimits, limitConnections, refuseBytes, timeoutsOf } from './connections.ts'
import { allowOrigins, corsHeaders } from './cors.ts'
import { asHydraError, malformedRequest, problemType, sendProblem } from './errors.ts'
import { secureHeaders } from './headers.ts'
import { describeApi } from './openapi.ts'
import { servePage } from './page.ts'
import { readQuery } from './query.ts'
import { RequestTurns } from './request-turns.ts'
import { addRoutes } from './routes.ts'
import { SignInCodes } from './sign-in-codes.ts'
import { Streams } from './sse.ts'
import { takeTurns } from './take-turns.ts'
import { refuseUnknownRoutes } from './unknown-routes.ts'

export type { Plane, ServerConfig } from './api.ts'

/** How long a closing server waits for answers that are under way. ms. */
const closeGrace = 3000

export interface Server {
  readonly app: App
  /** Starts to listen. @returns where, as a URL */
  listen(): Promise<string>
  /** Ends the streams, awaits what is under way for a moment, and closes. Twice is harmless. */
  close(): Promise<void>
}

/** The HTTP API over a control plane. */
export async function createServer({
  plane,
  config,
  log,
  metrics,
  signInCodes = new SignInCodes(),
}: {
  plane: Plane
  config: ServerConfig
  log: Log
  metrics?: Exposition
  signInCodes?: SignInCodes
}): Promise<Server> {
  const app = openApp(config)
  const api: Api = { plane, config, log, metrics, signInCodes, streams: new Streams(log), turns: new RequestTurns() }
  answerWithProblems(app, api)
  secureHeaders(app)
  allowOrigins(app, config)
  refuseUnknownRoutes(app)
  authenticate(app, api)
  takeTurns(app, api.turns)
  readBodies(app)
  await describeApi(app, config.version)
  addRoutes(app, api)
  await servePage(app, config.page ?? null)
  app.addHook('preClose', async () => api.streams.closeAll())
  await app.ready()
  return {
    app,
    listen: () => app.listen({ host: config.host, port: config.port }),
    close: () => closeSoon(app),
  }
}

function openApp({ corsAllowOrigins, connections: limits = connectionLimits() }: ServerConfig): App {
  const app = Fastify({
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1000, querystringParser: readQuery },
    bodyLimit,
    logger: false,
    return503OnClosing: false,
    // A request line that cannot be read never reaches a hook.
    frameworkErrors: (_error, request, reply) => {
      const headers = corsHeaders(request.headers.origin, corsAllowOrigins)
      reply.hijack()
      reply.raw.writeHead(400, { ...headers, 'content-type': problemType }).end(JSON.stringify(malformedRequest()))
    },
    ...timeoutsOf(limits),
    clientErrorHandler: refuseBytes,
  }).withTypeProvider<ZodTypeProvider>()
  limitConnections(app.server, limits)
  return app
}

function answerWithProblems(app: App, { log }: Api): void {
  // Bodies are read by their route's rule and definitions checked by the scheduler, all faults at once.
  app.setValidatorCompiler<z.ZodType>((route) => (route.httpPart === 'body' ? asItIs : validatorCompiler(route)))
  // Answers are made by typed functions; to check each again would cost more than to make it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(async (error, request, reply) => {
    const answer = asHydraError(error, request, log)
    if (answer.code === 'TOO_LARGE') await drained(request.raw)
    return sendProblem(reply, answer)
  })
}

const asItIs = (value: unknown) => ({ value })

async function closeSoon(app: App): Promise<void> {
  const impatient = setTimeout(() => app.server.closeAllConnections(), closeGrace)
  await app.close()
  clearTimeout(impatient)
}
