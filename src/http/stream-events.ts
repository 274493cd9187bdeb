import type { FastifyRequest } from 'fastify'
import { unixSeconds } from '../model/time.ts'
import type { EventDocument } from '../model/wire/stream.ts'
import type { Api, App } from './api.ts'
import { callerOf, isStillValid } from './auth.ts'
import type { Caller } from './caller.ts'
import { EventPages } from './event-pages.ts'
import { frame, type Source } from './sse.ts'

const events = { tags: ['events'], summary: 'What happens, as it happens', description: 'Server-sent events.' }

export function eventStreamRoutes(app: App, api: Api): void {
  const pages = new EventPages(api.plane.hub)
  app.get(
    '/events/stream',
    { config: { sse: true }, exposeHeadRoute: false, schema: events },
    async (request, reply) => {
      const caller = callerOf(request)
      const { domain } = caller.scope
      await api.plane.hub.ready(domain)
      api.streams.start(reply, domain, eventSource(api, pages, caller, lastEventId(request)))
      return reply
    },
  )
}

/** What a client that comes back had seen last, or null. */
export function lastEventId(request: Pick<FastifyRequest, 'headers'>): string | null {
  const given = request.headers['last-event-id']
  return typeof given === 'string' && given !== '' ? given : null
}

/** The events of the caller's domain after those it has seen; where these are not known any more, `reset` comes first. */
function eventSource(api: Api, pages: EventPages, caller: Caller, seen: string | null): Source {
  const { hub, tokens, clock } = api.plane
  const { domain } = caller.scope
  let cursor = seen ?? hub.tip(domain)
  return {
    isAllowed: () => isStillValid(api, caller),
    async pull() {
      const { text, last, isFull, reset } = pages.read(domain, cursor)
      if (reset) {
        cursor = hub.tip(domain)
        const told: EventDocument = { type: 'reset', payload: { domain }, ts: unixSeconds(clock.now()) }
        return { frames: [frame(told.type, cursor, told)], next: 'more' }
      }
      cursor = last ?? cursor
      return { frames: text === '' ? [] : [text], next: isFull ? 'more' : 'wait' }
    },
    watch(wake) {
      const stops = [hub.watch(domain, wake), tokens.onChange(wake)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
