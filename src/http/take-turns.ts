import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Page } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { callerOf } from './auth.ts'
import { partyOf } from './caller.ts'
import type { RequestTurns } from './request-turns.ts'

/** Why waiting ends. Given, since an abort without a reason makes an error with a trace, for each request. */
const isOver = 'the request is over'

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
      gone.abort(isOver)
      request.leave?.()
    }
    reply.raw.once('close', over).once('finish', over)
    request.leave = await turns.take(partyOf(request.caller, link), gone.signal)
    if (gone.signal.aborted) request.leave()
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    // How long an answer that has begun goes on is its client's matter.
    if (isStream(payload)) request.leave?.()
    done(null, payload)
  })
}

/** Does what is done elsewhere than on this thread: meanwhile the request's turn is given back, and its answer takes a new one. */
export async function elsewhere<T>(
  turns: RequestTurns,
  request: Pick<FastifyRequest, 'caller' | 'leave'>,
  reply: FastifyReply,
  act: () => Promise<T>,
): Promise<T> {
  request.leave?.()
  const done = await act()
  const leave = await turns.take(partyOf(callerOf(request)))
  // Nobody is left to give it back.
  if (reply.raw.destroyed || reply.raw.closed) leave()
  request.leave = leave
  return done
}

/** The page, between whose pieces the caller's tenant stands back while others ask. */
export const inTurns = <Asked extends Page>(
  { turns }: Pick<Api, 'turns'>,
  request: Pick<FastifyRequest, 'caller'>,
  page: Asked,
): Asked => ({ ...page, pace: turns.paceOf(partyOf(callerOf(request))) })

const isStream = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'pipe' in payload && typeof payload.pipe === 'function'
