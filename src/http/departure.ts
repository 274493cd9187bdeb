import { finished } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HydraError } from '../model/errors.ts'
import type { Api } from './api.ts'
import { callerOf, isStillValid } from './auth.ts'

/** How often it is looked whether the token is good still, ms: another scheduler may have ended it. */
const lookAgain = 1000

/**
 * Aborts when the answer is over (sent, or its client gone), and when its token ends. What works for it ends then, with a
 * reason that is no failure of this server: nobody hears of it but a client whose token ended.
 */
export function departureOf(api: Api, request: Pick<FastifyRequest, 'caller'>, reply: FastifyReply): AbortSignal {
  const departure = new AbortController()
  const caller = callerOf(request)
  const leave = (why: unknown): void => departure.abort(why)
  const look = (): void => {
    isStillValid(api, caller).then((valid) => {
      if (!valid) leave(new HydraError('UNAUTHENTICATED', 'The token has ended.'))
    }, leave)
  }
  const forget = api.plane.tokens.onChange(look)
  const timer = setInterval(look, lookAgain)
  timer.unref()
  finished(reply.raw, () => {
    clearInterval(timer)
    forget()
    leave(new HydraError('TOO_SLOW', 'The client was gone before its answer.'))
  })
  return departure.signal
}
