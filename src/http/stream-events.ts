import type { FastifyRequest } from 'fastify'
import { unixSeconds } from '../model/time.ts'
import type { EventDocument } from '../model/wire/stream.ts'
import type { NumberedEvent } from '../scheduler/event-hub.ts'
import type { Api, App } from './api.ts'
import { callerOf, isStillValid } from './auth.ts'
import type { Caller } from './caller.ts'
import { frame, type Source } from './sse.ts'

/** Events that are read in one go. */
const pageLength = 200

const events = { tags: ['events'], summary: 'What happens, as it happens', description: 'Server-sent events.' }

export function eventStreamRoutes(app: App, api: Api): void {
  app.get(
    '/events/stream',
    { config: { sse: true }, exposeHeadRoute: false, schema: events },
    async (request, reply) => {
      await api.plane.hub.ready(callerOf(request).scope.domain)
      api.streams.start(reply, eventSource(api, callerOf(request), lastEventId(request)))
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
function eventSource(api: Api, caller: Caller, seen: string | null): Source {
  const { hub, tokens, clock } = api.plane
  const { domain } = caller.scope
  let cursor = seen ?? hub.tip(domain)
  return {
    isAllowed: () => isStillValid(api, caller),
    async pull() {
      const { events, reset } = hub.read(domain, cursor, pageLength)
      if (reset) {
        cursor = hub.tip(domain)
        const told: EventDocument = { type: 'reset', payload: { domain }, ts: unixSeconds(clock.now()) }
        return { frames: [frame(told.type, cursor, told)], next: 'more' }
      }
      cursor = events.at(-1)?.id ?? cursor
      return { frames: events.map(eventFrame), next: events.length === pageLength ? 'more' : 'wait' }
    },
    watch(wake) {
      const stops = [hub.watch(domain, wake), tokens.onChange(wake)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

function eventFrame({ id, event: { type, payload, ts } }: NumberedEvent): string {
  const told: EventDocument = { type, payload, ts: unixSeconds(ts) }
  return frame(type, id, told)
}
