import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { HydraError, invalid } from '../model/errors.ts'
import {
  AcksWire,
  CancelsWire,
  ClaimWire,
  GrantsWire,
  RegisteredWire,
  RegisterWire,
  RenewalWire,
  RenewWire,
  ReportsWire,
  SessionWire,
} from '../model/wire/link.ts'
import { reportFrom } from '../ports/link-wire.ts'
import { sha256 } from '../runtime/ids.ts'
import type { Api, App } from './api.ts'
import { callerOf, isStillValid } from './auth.ts'

/** How long a worker's question stays open while there is no answer. Proxies cut what is silent for longer. ms */
const longPoll = 20_000

/** Whether the token of an open question still holds is looked at this often: another scheduler may have ended it. ms */
const lookAtToken = 400

const tags = ['workers']
const link = { link: true, body: 'json' } as const
const longPolled = { ...link, waits: true } as const
const about = 'For workers; docs/worker-protocol.md describes it.'

/** The HTTP link: where workers register, fetch, renew and report that reach nothing but the scheduler's port. */
export function linkRoutes(app: App, api: Api): void {
  const desk = api.plane.frontDesk

  app.post('/link/register', { config: link, schema: schemaOf(RegisterWire, RegisteredWire) }, async (request) => {
    const { card, secret } = parsed(RegisterWire, request)
    return { ...(await desk.register(visitorOf(request), card, sha256(secret))) }
  })

  app.post('/link/claim', { config: longPolled, schema: schemaOf(ClaimWire, GrantsWire) }, async (request, reply) => {
    const { free, ...proof } = parsed(ClaimWire, request)
    const visitor = visitorOf(request)
    return { grants: [...(await whileOpen(api, request, reply, (signal) => desk.claim(visitor, proof, free, signal)))] }
  })

  app.post(
    '/link/renew',
    { config: { ...link, outlasts: true }, schema: schemaOf(RenewWire, RenewalWire) },
    async (request, reply) => {
      const { held, host, leaving, ...proof } = parsed(RenewWire, request)
      const came = performance.now() - reply.elapsedTime
      const renewal = await desk.renew(visitorOf(request), proof, held, came, { host, leaving })
      const { state, cancel, forget, again, partial } = renewal
      return { state, cancel: [...cancel], forget: [...forget], again: [...again], partial }
    },
  )

  app.post('/link/report', { config: link, schema: schemaOf(ReportsWire, AcksWire) }, async (request) => {
    const { reports, ...proof } = parsed(ReportsWire, request)
    return { acks: [...(await desk.report(visitorOf(request), proof, reports.map(reportFrom)))] }
  })

  app.post(
    '/link/cancels',
    { config: longPolled, schema: schemaOf(SessionWire, CancelsWire) },
    async (request, reply) => {
      const proof = parsed(SessionWire, request)
      const visitor = visitorOf(request)
      return { cancel: [...(await whileOpen(api, request, reply, (signal) => desk.cancels(visitor, proof, signal)))] }
    },
  )

  const goodbye = { tags, summary: 'The worker holds nothing any more', description: about, body: SessionWire }
  app.post('/link/goodbye', { config: link, schema: goodbye }, async (request) => {
    await desk.goodbye(visitorOf(request), parsed(SessionWire, request))
    return { ok: true as const }
  })
}

const schemaOf = <Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) => ({
  tags,
  summary: "A worker's link",
  description: about,
  body,
  response: { 200: answer },
})

/** @throws INVALID with every fault */
function parsed<Body extends z.ZodType>(schema: Body, request: Pick<FastifyRequest, 'body'>): z.output<Body> {
  const read = schema.safeParse(request.body)
  if (read.success) return read.data
  throw invalid(read.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })))
}

/** The domain that the worker's token is of; an admin's names it. @throws FORBIDDEN */
function visitorOf(request: Pick<FastifyRequest, 'caller'>) {
  const { scope, key } = callerOf(request)
  if (scope.domain === null)
    throw new HydraError('FORBIDDEN', "A worker comes with a token of its domain, not with the admin's.")
  return { domain: scope.domain, tokenHash: key, workerId: null }
}

/** What `ask` finds until the caller is gone, its token has ended, or it has waited long enough. */
async function whileOpen<T>(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController()
  const end = (): void => gone.abort()
  const timer = setTimeout(end, longPoll).unref()
  const caller = callerOf(request)
  const look = (): void => {
    // A store that does not answer says nothing of the token.
    isStillValid(api, caller).then(
      (isValid) => isValid || end(),
      () => {},
    )
  }
  const looking = setInterval(look, lookAtToken).unref()
  const forget = api.plane.tokens.onChange(look)
  reply.raw.once('close', end)
  reply.server.server.once('close', end)
  try {
    return await ask(gone.signal)
  } finally {
    clearTimeout(timer)
    clearInterval(looking)
    forget()
    reply.raw.off('close', end)
    reply.server.server.off('close', end)
  }
}
