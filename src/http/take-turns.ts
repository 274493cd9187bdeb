import type { FastifyRequest } from 'fastify'
import type { App } from './api.ts'
import type { Caller } from './caller.ts'
import type { Party, RequestTurns } from './request-turns.ts'

/** With whom a caller's requests take turns: its domain's; an admin is a party of its own, wherever it acts. */
export const partyOf = ({ role, scope }: Caller, isLink = false): Party => ({
  domain: role === 'admin' ? null : scope.domain,
  // A worker's lease must not end because its domain's users ask for much.
  lane: isLink ? 'workers' : 'users',
})

/**
 * Requests are served in turns of their tenants, from before their bodies are read until they are answered. What mostly
 * waits for something else (`config.waits`) takes none; what is answered piece by piece gives its own back when that begins.
 */
export function takeTurns(app: App, turns: RequestTurns): void {
  app.decorateRequest('leave', null)
  app.addHook('onRequest', async (request, reply) => {
    const { waits, link } = request.routeOptions.config
    if (request.caller === null || waits) return
    const gone = new AbortController()
    // A request that is cut off is closed and never finished; one that a test injects is finished and never closed.
    const over = (): void => {
      gone.abort()
      leaveEarly(request)
    }
    reply.raw.once('close', over).once('finish', over)
    request.leave = await turns.take(partyOf(request.caller, link), gone.signal)
    if (gone.signal.aborted) leaveEarly(request)
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    if (isStream(payload)) leaveEarly(request)
    done(null, payload)
  })
}

/** The answer has begun, and how long it goes on is the client's matter. */
export const leaveEarly = (request: Pick<FastifyRequest, 'leave'>): void => request.leave?.()

const isStream = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'pipe' in payload && typeof payload.pipe === 'function'
